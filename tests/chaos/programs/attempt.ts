import { CoordError, type ErrorCode, type Hold } from "@coord/core";
import { type Journal, nowMs } from "./journal.ts";

/** What a wait may end with under faults: anything else ends the process, and with it the test. */
const expectedCodes: readonly ErrorCode[] = ["SESSION_LOST", "LOCK_LOST", "LEADERSHIP_LOST"];

/** Why everything ends when the test is over. */
export const enough = "enough";

/** The life of one attempt to hold something, written down as its own process sees it. */
export class Attempt {
  readonly #journal: Journal;
  readonly #of: { readonly client: string; readonly name: string; readonly attempt: string };
  #granted = false;
  #ended = false;

  constructor(journal: Journal, client: string, name: string, id: string) {
    this.#journal = journal;
    this.#of = { client, name, attempt: `${client}/${name}/${id}` };
    journal.write({ ...this.#of, at: nowMs(), kind: "asked" });
  }

  /** From here on it is held, until its signal aborts or it is released. */
  granted(hold: Hold, weight: number): void {
    this.#granted = true;
    this.#journal.write({ ...this.#of, at: nowMs(), kind: "granted", token: hold.fencingToken, weight });
    const { signal } = hold;
    const lost = () => hold.lost && this.#end("lost");
    signal.addEventListener("abort", lost);
    if (signal.aborted) lost();
  }

  released(): void {
    this.#end("released");
  }

  /** The call ended without a hold; or, for a call that also runs a body, with the loss of the hold that it had. */
  declined(error: unknown): void {
    if (error !== enough && !CoordError.is(error, ...expectedCodes)) throw error;
    if (!this.#granted) this.#end(error === enough ? "cancelled" : "refused");
  }

  #end(kind: "lost" | "released" | "refused" | "cancelled"): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#journal.write({ ...this.#of, at: nowMs(), kind });
  }
}
