import { type Grant, Hold, onAbort } from "@coord/core/recipe";
import { encodeProposal } from "./proposal.ts";

/** Being the leader, for one term. */
export class Leadership<Data = unknown> extends Hold {
  /** Rises with every leader of this election, for ever. Let whatever the leader writes to refuse a lower one than it has seen. */
  readonly term: bigint;
  readonly id: string;
  readonly #grant: Grant;
  #stopping: AbortController | undefined;

  constructor(grant: Grant, id: string) {
    super(grant);
    this.#grant = grant;
    this.id = id;
    this.term = this.fencingToken;
  }

  /** Aborts when the leadership is lost, with the loss as its reason, or when `lead` is cancelled, with the caller's. */
  override get signal(): AbortSignal {
    const lost = super.signal; // the clock first
    if (!this.#stopping) {
      const stopping = new AbortController();
      this.#stopping = stopping;
      onAbort(lost, (loss) => stopping.abort(loss));
    }
    return this.#stopping.signal;
  }

  /** Tells the body to come to its end; it leads until then. */
  stop(reason: unknown): void {
    this.signal;
    this.#stopping?.abort(reason);
  }

  /**
   * Replaces what is published of this leader, while it leads and not after. It is done when this resolves.
   *
   * @throws LeadershipLostError, ValueTooLargeError
   */
  readonly proclaim = async (data: Data | undefined): Promise<void> => {
    await this.rewrite(encodeProposal(this.id, data));
  };

  /** Hands over at once. The same as `release()`. */
  readonly resign = (): Promise<"released" | "lost"> => this.release();

  override nest(): Leadership<Data> {
    this.check();
    return new Leadership(this.#grant, this.id);
  }
}
