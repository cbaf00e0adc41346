import { type Coord, UsageError } from "@coord/core";
import type { Contestant } from "./contestants.ts";
import { ReadWriteLock } from "./read-write-lock.ts";

/** `exclusive` for a writer, `shared` for a reader. */
export type LockMode = "exclusive" | "shared";

export interface LockRequestOptions {
  /** Default `exclusive`. */
  readonly mode?: LockMode | undefined;
  /** Don't wait: the callback gets `null` if the lock can't be had right now. */
  readonly ifAvailable?: boolean | undefined;
  /** Cancels the wait. It can't cancel what runs under the lock; nor can it be had together with `ifAvailable`. */
  readonly signal?: AbortSignal | undefined;
}

/** What the callback gets: the standard's two fields, and what only a lock over a network has. */
export interface GrantedLock {
  readonly name: string;
  readonly mode: LockMode;
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal;
  readonly fencingToken: bigint;
}

export interface LockInfo {
  readonly name: string;
  readonly mode: LockMode;
  /** The owner that the client has, if its entry tells. */
  readonly clientId: string | undefined;
}

export interface LockManagerSnapshot {
  readonly held: readonly LockInfo[];
  readonly pending: readonly LockInfo[];
}

export type LockGrantedCallback<T> = (lock: GrantedLock | null) => T | Promise<T>;

/**
 * The Web Locks API over processes and machines: `request` and `query` as in browsers (W3C, "Web Locks API"), on `ReadWriteLock`. It differs
 * where a network does: a lock can be lost, which `signal` tells and `request` rejects with; and `steal` is refused, since whoever is
 * robbed could not be told in time.
 */
export class LockManager {
  readonly #coord: Coord;
  /** How many requests of each name are under way. */
  readonly #underWay = new Map<string, number>();

  constructor(coord: Coord) {
    this.#coord = coord;
  }

  /** Runs `callback` under the lock and resolves with what it returns. */
  request<T>(name: string, callback: LockGrantedCallback<T>): Promise<T>;
  request<T>(name: string, options: LockRequestOptions, callback: LockGrantedCallback<T>): Promise<T>;
  async request<T>(
    name: string,
    given: LockRequestOptions | LockGrantedCallback<T>,
    after?: LockGrantedCallback<T>,
  ): Promise<T> {
    const callback = typeof given === "function" ? given : after;
    const options = typeof given === "function" ? {} : given;
    assertRequest(options, callback);
    const { mode = "exclusive", ifAvailable = false, signal } = options;
    const lock = new ReadWriteLock(this.#coord, name)[mode === "shared" ? "read" : "write"];
    const body = (hold: { readonly signal: AbortSignal; readonly fencingToken: bigint }) =>
      callback({ name, mode, signal: hold.signal, fencingToken: hold.fencingToken });
    return this.#counted(name, async () => {
      if (!ifAvailable) return lock.run(body, { signal });
      const tried = await lock.tryRun(body);
      return tried.ran ? tried.value : callback(null);
    });
  }

  /**
   * Who holds and who waits for these names, whatever the client; by default for those that this manager has requests for. (A browser knows
   * all names of its origin; a store can't list names that nobody keeps.)
   */
  async query(names: Iterable<string> = this.#underWay.keys()): Promise<LockManagerSnapshot> {
    const states = await Promise.all(
      [...new Set(names)].map(async (name) => ({ name, ...(await new ReadWriteLock(this.#coord, name).inspect()) })),
    );
    const info = (name: string, mode: LockMode, { owner }: Contestant): LockInfo => ({ name, mode, clientId: owner });
    return {
      held: states.flatMap(({ name, writer, readers }) => [
        ...(writer ? [info(name, "exclusive", writer)] : []),
        ...readers.map((reader) => info(name, "shared", reader)),
      ]),
      pending: states.flatMap(({ name, waiters }) =>
        waiters.map((waiter) => info(name, waiter.mode === "read" ? "shared" : "exclusive", waiter)),
      ),
    };
  }

  async #counted<T>(name: string, work: () => Promise<T>): Promise<T> {
    const count = (by: number) => {
      const now = (this.#underWay.get(name) ?? 0) + by;
      if (now > 0) this.#underWay.set(name, now);
      else this.#underWay.delete(name);
    };
    count(1);
    try {
      return await work();
    } finally {
      count(-1);
    }
  }
}

function assertRequest<T>(
  options: LockRequestOptions & { readonly steal?: unknown },
  callback: LockGrantedCallback<T> | undefined,
): asserts callback is LockGrantedCallback<T> {
  if (typeof callback !== "function") throw new UsageError("request() needs a callback as its last argument.");
  if (options.steal)
    throw new UsageError(
      "`steal` is not to be had: whoever is robbed of a lock could not be told before the next one has it.",
    );
  if (options.mode !== undefined && options.mode !== "exclusive" && options.mode !== "shared")
    throw new UsageError(`\`mode\` must be "exclusive" or "shared", got ${JSON.stringify(options.mode)}.`);
  if (options.ifAvailable && options.signal)
    throw new UsageError("`signal` and `ifAvailable` can't be had together: there is no wait to cancel.");
}
