import type { Coord, Entry } from "@coord/core";
import { assertDuration, isTransient, lookOn, onAbort, pause, type Snapshot } from "@coord/core/recipe";
import { type DirectoryOptions, isEphemeral, type Pair, pairsOf } from "./directory.ts";
import { assertRate, defaultRate } from "./rate.ts";
import { ledgerOf, Reconciler } from "./reconcile.ts";
import { BatchWriter } from "./writing.ts";

export interface MirrorOptions extends DirectoryOptions {
  /** The most writes in a second, for each directory. Default 2000. */
  readonly maxWritesPerSecond?: number | undefined;
  /** How often the target is looked at for what somebody else wrote there, in milliseconds. Default 30 000. */
  readonly verifyMs?: number | undefined;
  /** Ends the mirror, which then resolves. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch and each change of sight. */
  readonly onStatus?: ((status: MirrorStatus) => void) | undefined;
}

export interface MirrorStatus {
  /** The directory, as the source names it. */
  readonly directory: string;
  /** Steps that are still to be done for what the source has shown. */
  readonly behind: number;
  /** For how long the target has not been what the source showed, in milliseconds; 0 while it is. */
  readonly lagMs: number;
  /** The revision of the source that the target is a copy of; `undefined` before it has been one. */
  readonly revision: bigint | undefined;
  /** The source is out of sight. */
  readonly stale: boolean;
  /** Left out, as they are bound to sessions of the source. */
  readonly ephemeral: number;
  /** What the target can't take, by key of the source. */
  readonly refused: ReadonlyMap<string, Error>;
}

/** What comes within this is written together. */
const gatherMs = 20;
const troubledMs = 200;
const defaultVerifyMs = 30_000;

/**
 * Keeps the direct children of these directories in the target as they are in the source, until its signal aborts: written, removed,
 * and removed and made anew where they were so in the source. The source is the truth; what the target had of its own before
 * stays, unless the source has the same name. Which entry of the source each one is stands beside it, in one step, in a ledger
 * below `mirrors`; so a mirror that was killed goes on where it was. Entries bound to a session are left out.
 *
 * @throws UsageError; AuthError; ClosedError
 */
export async function mirror(source: Coord, target: Coord, options: MirrorOptions): Promise<void> {
  const { maxWritesPerSecond = defaultRate, verifyMs } = options;
  assertRate(maxWritesPerSecond);
  assertDuration("verifyMs", verifyMs);
  const over = new AbortController();
  const leave = onAbort(options.signal, () => over.abort("over"));
  const one = async (pair: Pair): Promise<void> => {
    const writer = new BatchWriter(pair.to.context, maxWritesPerSecond);
    await new Mirroring(new Reconciler(pair, writer, ledgerOf(pair, target)), options, over.signal).run();
  };
  try {
    await Promise.all(pairsOf(source, target, options).map(one));
  } finally {
    over.abort("over");
    leave();
  }
}

/** One directory that is kept alike. */
class Mirroring {
  readonly #reconciler: Reconciler;
  readonly #options: MirrorOptions;
  readonly #over: AbortSignal;
  #seen: Snapshot | undefined;
  /** What is aimed at: the newest that the source has shown while it was in sight. */
  #aim: { readonly entries: ReadonlyMap<string, Entry>; readonly ephemeral: number; readonly of: Snapshot } | undefined;
  #reached: bigint | undefined;
  #behindSinceMs: number | undefined;
  #ended = false;
  #news = new AbortController();

  constructor(reconciler: Reconciler, options: MirrorOptions, over: AbortSignal) {
    this.#reconciler = reconciler;
    this.#options = options;
    this.#over = over;
  }

  async run(): Promise<void> {
    const { from } = this.#reconciler.pair;
    const leave = lookOn(
      from.context,
      { under: from.key },
      {
        shown: (snapshot) => this.#show(snapshot),
        failed: () => {},
        ended: () => {
          this.#ended = true;
          this.#news.abort("ended");
        },
      },
    );
    try {
      while (!this.#over.aborted && !this.#ended) await this.#round();
    } catch (error) {
      if (!this.#over.aborted) throw error;
    } finally {
      leave();
    }
  }

  async #round(): Promise<void> {
    const { runtime } = this.#reconciler.pair.to.context;
    const { verifyMs = defaultVerifyMs } = this.#options;
    this.#news = new AbortController();
    const seen = this.#seen;
    const reached = seen !== undefined && !seen.stale && (await this.#approach(seen));
    if (reached || !seen || seen.stale) await pause(runtime, verifyMs, this.#news.signal, this.#over);
    if (reached && !this.#news.signal.aborted) this.#reconciler.forget();
    await pause(runtime, gatherMs, this.#over);
  }

  async #approach(seen: Snapshot): Promise<boolean> {
    const { runtime, logger } = this.#reconciler.pair.to.context;
    try {
      const { entries } = this.#aimAt(seen);
      const superseded = () => {
        this.#tell();
        return this.#seen !== seen;
      };
      const reached = await this.#reconciler.approach(entries, superseded, this.#over);
      if (reached) this.#reached = seen.revision;
      if (reached && this.#seen === seen) this.#behindSinceMs = undefined;
      this.#tell();
      return reached;
    } catch (error) {
      if (!isTransient(error)) throw error;
      logger.warn({ error }, "the target of a mirror is out of reach; trying again");
      await pause(runtime, troubledMs, this.#over);
      return false;
    }
  }

  #aimAt(seen: Snapshot) {
    if (this.#aim?.of === seen) return this.#aim;
    const ephemeral = seen.entries.filter(isEphemeral).length;
    this.#aim = { entries: this.#reconciler.pair.from.bySegment(seen.entries), ephemeral, of: seen };
    return this.#aim;
  }

  /** Little is done here: a source may show more than can be followed, and then only the newest counts. */
  #show(snapshot: Snapshot): void {
    const wasStale = this.#seen?.stale;
    this.#seen = snapshot;
    if (!snapshot.stale) {
      this.#behindSinceMs ??= this.#reconciler.pair.to.context.runtime.now();
      this.#news.abort("news");
    }
    if (wasStale !== snapshot.stale) this.#tell();
  }

  #tell(): void {
    const { from, to } = this.#reconciler.pair;
    const since = this.#behindSinceMs;
    const { behind, refused } = this.#reconciler.progress;
    const status: MirrorStatus = {
      directory: from.key,
      behind,
      lagMs: since === undefined ? 0 : to.context.runtime.now() - since,
      revision: this.#reached,
      stale: this.#seen?.stale ?? true,
      ephemeral: this.#aim?.ephemeral ?? 0,
      refused,
    };
    try {
      this.#options.onStatus?.(status);
    } catch (error) {
      to.context.logger.error({ error }, "who is told of a mirror's status threw");
    }
  }
}
