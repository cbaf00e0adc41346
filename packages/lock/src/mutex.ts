import { encodeOwner, Hold, type Line } from "@coord/core/recipe";
import { type Contestant, contestant, entriesInLine, type LineState } from "./contestants.ts";
import { Lock } from "./lock.ts";
import { wording } from "./wording.ts";

export interface MutexState extends LineState {
  readonly holder: Contestant | null;
  /** In the order in which they will be let in. */
  readonly waiters: readonly Contestant[];
}

const kind = "lock";

/**
 * A mutual exclusion lock: at most one holder at a time, first come first served across all processes. Not re-entrant.
 * It is a lease: while this process runs, the hold's `signal` aborts before the store can let the next one in, and
 * the fencing token is for what a stopped process still sends. (ZooKeeper's lock recipe; Chubby's sequencer; see docs/lock.md.)
 */
export class Mutex extends Lock {
  override readonly exclusive = true;

  /** Who holds it and who waits, without taking part. */
  async inspect(): Promise<MutexState> {
    const { entries, foreign } = await entriesInLine(this);
    const [holder = null, ...waiters] = entries.map(contestant);
    return { holder, waiters, foreign };
  }

  #line: Line | undefined;

  protected override lineFor(): Line {
    this.#line ??= this.#makeLine();
    return this.#line;
  }

  #makeLine(): Line {
    const { owner, runtime } = this.context;
    return {
      ...wording(this.name),
      line: this.key,
      kind,
      belongs: (other) => other === kind,
      blockers: (ahead) => ahead.slice(-1), // the one directly ahead, so that a release wakes one
      value: () => encodeOwner(owner, runtime.wallClock()),
      hold: (grant) => new Hold(grant),
    };
  }
}
