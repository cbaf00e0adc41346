import type { Endpoint } from "../testbed/endpoint.ts";
import { FrameProxy, type Interceptor, type Operation, operation, typeOf } from "./frame-proxy.ts";

/** A way to a server that holds back the next request of a kind, and all behind it, until something else has happened there. */
export class RequestGate implements AsyncDisposable {
  #proxy: FrameProxy | undefined;
  #next: { readonly type: number; readonly before: () => Promise<unknown> } | undefined;

  static async start(target: Endpoint): Promise<RequestGate> {
    const gate = new RequestGate();
    gate.#proxy = await FrameProxy.start(target, () => gate.#interceptor());
    return gate;
  }

  get address(): string {
    return this.#proxy?.address ?? "";
  }

  /** Done before the next request of this kind gets to the server. The result tells whether there was one. */
  before(kind: Operation, work: () => Promise<unknown>): () => boolean {
    let happened = false;
    this.#next = {
      type: operation[kind],
      before: async () => {
        await work();
        happened = true;
      },
    };
    return () => happened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  #interceptor(): Interceptor {
    let held: Buffer[] | undefined;
    return {
      request: (frame, pass) => {
        if (held) return void held.push(frame);
        const next = this.#next;
        if (next?.type !== typeOf(frame)) return pass(frame);
        this.#next = undefined;
        held = [frame];
        void next.before().finally(() => {
          for (const each of held ?? []) pass(each);
          held = undefined;
        });
      },
    };
  }
}
