import type { Exchange } from "./exchanges.ts";
import { failureOf, RpcFailure } from "./failure.ts";

/** What was asked of several: the last of them may be certain that it did nothing, and yet another one may have done it. */
export class Doubt {
  #unanswered = 0;

  about<T>(send: Exchange<T>["send"]): Exchange<T>["send"] {
    return async (rpc, options) => {
      this.#unanswered += 1;
      try {
        return await send(rpc, options);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== "unknown") this.#unanswered -= 1;
        throw failure;
      }
    };
  }

  /** The failure of all that were asked. */
  of(last: RpcFailure): RpcFailure {
    if (this.#unanswered > 0) return new RpcFailure("unknown", last.message);
    return last.kind === "unknown" ? new RpcFailure("elsewhere", last.message) : last; // nothing was sent
  }
}
