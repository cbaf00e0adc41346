import { CoordError } from "@coord/core";
import type { PartyEvent } from "../history/index.ts";

export interface WayParts {
  readonly client: string;
  /** The barrier. */
  readonly name: string;
  /** Unique to the call. */
  readonly party: string;
  readonly nowMs: () => number;
  readonly write: (event: PartyEvent) => void;
}

/** What a wait may end with while nobody can tell how the others fare. */
const untold = ["SESSION_LOST", "LOCK_LOST", "UNKNOWN_OUTCOME"] as const;

/** A party's way through a barrier, written down as it is gone. */
export class Way {
  readonly #parts: WayParts;
  #over = false;

  constructor(parts: WayParts) {
    this.#parts = parts;
    this.record("came");
  }

  record(kind: PartyEvent["kind"], verdict: { readonly generation?: number; readonly index?: number } = {}): void {
    const { client, name, party, nowMs, write } = this.#parts;
    const { generation, index } = verdict;
    const more = { ...(generation === undefined ? {} : { generation }), ...(index === undefined ? {} : { index }) };
    write({ at: nowMs(), client, kind, name, party, ...more });
  }

  /** The call ended without passing, in a way in which it may. @param cancelled the reason that its caller cancels with */
  ended(error: unknown, cancelled: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (CoordError.is(error, "BROKEN_BARRIER"))
      this.record("broken", error as unknown as { readonly generation: number });
    else if (CoordError.is(error, "TIMEOUT")) this.record("declined");
    else if (error === cancelled || CoordError.is(error, ...untold)) this.record("excused");
    else throw error;
  }
}
