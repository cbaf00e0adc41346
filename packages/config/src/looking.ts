import { CoordError } from "@coord/core";
import { closedError, lookOn, pause, type RecipeContext, type Snapshot } from "@coord/core/recipe";

type Scope = Parameters<typeof lookOn>[1];

/** The revisions of the store that were looked at last before it was restored, and first after it. */
export interface Restored {
  readonly before: bigint;
  /** May be higher than `before`, where others have written since. */
  readonly now: bigint;
}

export interface Looker {
  /** Takes in what is there. The next one waits until that is done, and those in between are skipped. */
  lookAt(snapshot: Snapshot): Promise<void>;
  /** What is looked at next may be older: the store was restored to an older state. */
  restored(revisions: Restored): void;
  /** What is shown is not the present any more, or is so again. */
  staleChanged(stale: boolean): void;
}

const longestLookMs = 1_000;

/** Looks at a part of the store, at one state after the other, the newest only, for one who may take its time with each. */
export class Looking {
  readonly #context: RecipeContext;
  readonly #scope: Scope;
  readonly #looker: Looker;
  readonly #leave: () => void;
  readonly #waiting = new Set<() => void>();
  /** A fresh one, or one that says that the store is out of sight, or this after that. */
  #pending: readonly Snapshot[] = [];
  /** What was the present when it was looked at last. */
  #last: Pick<Snapshot, "history" | "revision"> | undefined;
  #busy = false;
  #stale = true;
  #failure: unknown;
  #over = false;

  constructor(context: RecipeContext, scope: Scope, looker: Looker) {
    this.#context = context;
    this.#scope = scope;
    this.#looker = looker;
    this.#leave = lookOn(context, scope, {
      shown: (snapshot) => this.#shown(snapshot),
      failed: (error) => {
        this.#failure = error;
        this.#tell();
      },
      ended: () => this.#end(),
    });
  }

  get stale(): boolean {
    return this.#stale;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves when `met` is; rejects with what it throws, with what no retry mends, and when there is nothing more to see. */
  until(met: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        this.#waiting.delete(look);
        try {
          if (met()) return resolve();
          if (this.#over) throw closedError();
          if (this.#failure !== undefined && !isPassing(this.#failure)) throw this.#failure;
          this.#waiting.add(look);
        } catch (error) {
          reject(error);
        }
      };
      look();
    });
  }

  /** Resolves when `met` is, or the store is out of sight, or it takes too long: who has written something needn't wait for its own eyes. */
  async soon(met: () => boolean): Promise<void> {
    const enough = new AbortController();
    const seen = this.until(() => this.#stale || enough.signal.aborted || met()).catch(() => {});
    await Promise.race([seen, pause(this.#context.runtime, longestLookMs, enough.signal)]);
    enough.abort("enough");
    this.#tell();
  }

  close(): void {
    if (this.#over) return;
    this.#leave();
    this.#end();
  }

  /** Only what is newer replaces what was not looked at yet: a stale one is what was shown before it, and tells that the store is out of sight. */
  #shown(snapshot: Snapshot): void {
    this.#pending = snapshot.stale ? [...this.#pending.filter(({ stale }) => !stale), snapshot] : [snapshot];
    if (this.#busy) return;
    this.#busy = true;
    void Promise.resolve().then(() => this.#look());
  }

  async #look(): Promise<void> {
    for (let [next, ...rest] = this.#pending; next && !this.#over; [next, ...rest] = this.#pending) {
      this.#pending = rest;
      await this.#lookAt(next);
      this.#tell();
    }
    this.#busy = false;
  }

  async #lookAt(snapshot: Snapshot): Promise<void> {
    if (!snapshot.stale) {
      this.#failure = undefined;
      this.#compareHistory(snapshot);
      await this.#looker.lookAt(snapshot).catch((error) => this.#failed(error));
    }
    if (!this.#over && this.#stale !== snapshot.stale) {
      this.#stale = snapshot.stale;
      this.#looker.staleChanged(this.#stale);
    }
  }

  /** What comes next is looked at all the same. */
  #failed(error: unknown): void {
    this.#failure = error;
    this.#context.logger.error({ error, ...this.#scope }, "what is in the store could not be looked at");
  }

  #compareHistory({ history, revision: now }: Snapshot): void {
    const last = this.#last;
    this.#last = { history, revision: now };
    if (!last || last.history === history) return;
    const { revision: before } = last;
    this.#context.logger.error(
      { ...this.#scope, before, now },
      "the store was restored to an older state, which the configuration shows now",
    );
    this.#looker.restored({ before, now });
  }

  #end(): void {
    this.#over = true;
    if (!this.#stale) {
      this.#stale = true;
      this.#looker.staleChanged(true);
    }
    this.#tell();
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}

const isPassing = (error: unknown) => CoordError.is(error, "UNAVAILABLE", "UNKNOWN_OUTCOME");
