import type { Entry } from "@coord/core";
import { isTransient, lookOn, pause, type Snapshot } from "@coord/core/recipe";
import { isEphemeral } from "./directory.ts";
import type { MirrorOptions, MirrorStatus } from "./options.ts";
import type { Reconciler } from "./reconcile.ts";

/** What comes within this is written together. */
const gatherMs = 20;
const troubledMs = 200;
/** So long a plan is gone on with though there is news: where much is to be done, planning anew for each would take the time of doing it. */
const planForMs = 250;
const defaultVerifyMs = 30_000;

/** One directory that is kept alike. */
export class Mirroring {
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
      const plannedMs = runtime.now();
      const superseded = () => {
        this.#tell();
        return this.#seen !== seen && runtime.now() - plannedMs > planForMs;
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
