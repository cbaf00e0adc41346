import type { Endpoint } from "../testbed/endpoint.ts";
import { FrameProxy, type Interceptor, numberOf, type Operation, operation, typeOf } from "./frame-proxy.ts";

/**
 * A way to a server that lets everything pass but one answer: when the server has answered the next request of a kind, so that
 * it has taken effect, the client finds its connection broken instead.
 */
export class ReplyThief implements AsyncDisposable {
  stolen = 0;
  #proxy: FrameProxy | undefined;
  #wanted: number | undefined;

  static async start(target: Endpoint): Promise<ReplyThief> {
    const thief = new ReplyThief();
    thief.#proxy = await FrameProxy.start(target, () => thief.#interceptor());
    return thief;
  }

  get address(): string {
    return this.#proxy?.address ?? "";
  }

  /** Of the next request of this kind. */
  steal(kind: Operation): void {
    this.#wanted = operation[kind];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  #interceptor(): Interceptor {
    let number: number | undefined;
    return {
      request: (frame, pass) => {
        if (this.#wanted === typeOf(frame)) {
          this.#wanted = undefined;
          number = numberOf(frame);
        }
        pass(frame);
      },
      answer: (frame, pass, cut) => {
        if (number === undefined || numberOf(frame) !== number) return pass(frame);
        this.stolen += 1;
        cut();
      },
    };
  }
}
