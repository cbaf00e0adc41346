import { type Key, onAbort, pause } from "@coord/core/recipe";
import type { Pair } from "./directory.ts";
import { ledgerOf } from "./ledger.ts";
import { pairsIn } from "./paths.ts";

/** One directory of a tree that is kept alike, until it is ended. */
interface Running {
  readonly over: AbortController;
  readonly done: Promise<void>;
}

/**
 * A tree that is kept alike, directory by directory. No store tells of new directories, so the source is looked through for
 * them again and again, and the ledger too: what is noted there and gone from the source has to go from the target. A
 * directory with nothing in either needs nobody.
 */
export class Tree {
  readonly #root: Pair;
  readonly #start: (pair: Pair, signal: AbortSignal) => Promise<void>;
  readonly #discoverMs: number;
  readonly #running = new Map<Key, Running>();
  /** Ends all of it: by the signal, or with the first directory that failed or has no source any more. */
  readonly #over = new AbortController();

  /** @param start keeps one directory alike until the signal aborts; it ends earlier only with its client, or by an error */
  constructor(root: Pair, start: (pair: Pair, signal: AbortSignal) => Promise<void>, discoverMs: number) {
    this.#root = root;
    this.#start = start;
    this.#discoverMs = discoverMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    const leave = onAbort(signal, () => this.#over.abort("over"));
    try {
      while (!this.#over.signal.aborted) {
        this.#adjust(await this.#look());
        await pause(this.#root.from.context.runtime, this.#discoverMs, this.#over.signal);
      }
    } finally {
      leave();
      for (const { over } of this.#running.values()) over.abort("over");
      await Promise.all([...this.#running.values()].map(({ done }) => done)); // the first that failed says why
    }
  }

  /** All directories that matter now; `undefined` when the source was closed, or all is over. */
  async #look(): Promise<ReadonlyMap<Key, Pair> | undefined> {
    const { signal } = this.#over;
    const { from } = this.#root;
    try {
      return await pairsIn(this.#root, [from, ledgerOf(this.#root)], signal);
    } catch (error) {
      if (signal.aborted || from.context.state() === "closed") return undefined;
      throw error;
    }
  }

  #adjust(wanted: ReadonlyMap<Key, Pair> | undefined): void {
    if (!wanted) this.#over.abort("over");
    if (!wanted || this.#over.signal.aborted) return; // one that failed is still to tell
    for (const [path, { over }] of this.#running) {
      if (wanted.has(path)) continue;
      over.abort("over");
      this.#running.delete(path);
    }
    for (const [path, pair] of wanted) {
      if (!this.#running.has(path)) this.#running.set(path, this.#keep(pair));
    }
  }

  #keep(pair: Pair): Running {
    const over = new AbortController();
    const done = this.#start(pair, over.signal).finally(() => {
      if (!over.signal.aborted) this.#over.abort("over");
    });
    done.catch(() => {}); // run() tells
    return { over, done };
  }
}
