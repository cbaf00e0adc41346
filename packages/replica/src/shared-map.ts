import { type Coord, type Entry, TimeoutError, UsageError, type Version, type WaitOptions } from "@coord/core";
import {
  closedError,
  contextOf,
  Events,
  joinKey,
  lookOn,
  type RecipeContext,
  type Snapshot,
  segmentOf,
  toKey,
  type Wait,
  waiting,
} from "@coord/core/recipe";
import { Contents, type Rejection, type SharedEntry, sharedEntry } from "./contents.ts";
import type { DeleteOptions, SetOptions, SharedMapEvents, SharedMapOptions } from "./options.ts";
import { Values } from "./values.ts";
import { type Expected, Writer } from "./writer.ts";

/** How long `open` waits for the first answer, unless told otherwise. */
const defaultOpenMs = 10_000;

/**
 * A typed map that every node holds in full: read here without I/O, written in the store by compare-and-set. The copy is always the
 * whole map at one revision of the store, never half of a change, and never goes back. While the store is out of sight it stays
 * what it was, marked `stale`. (Curator's CuratorCache and etcd's leasing cache are relatives; see docs/replica.md.)
 */
export class SharedMap<T = unknown> implements AsyncDisposable {
  readonly name: string;
  readonly #context: RecipeContext;
  readonly #under: string;
  readonly #values: Values<T>;
  readonly #writer: Writer<T>;
  readonly #events: Events<SharedMapEvents<T>>;
  readonly #waiters = new Set<() => void>();
  readonly #leave: () => void;
  #contents = new Contents<T>();
  #fresh = false;
  #closed = false;
  #failure: unknown;
  /** The newest that the store has shown and that isn't taken over yet. */
  #shown: Snapshot | undefined;
  #taking = false;

  private constructor(coord: Coord, name: string, options: SharedMapOptions<T>) {
    this.name = name;
    this.#under = toKey(name);
    this.#context = contextOf(coord, this.#under);
    this.#values = new Values(options);
    this.#events = new Events(this.#context.logger);
    this.#writer = new Writer(this.#context, this.#values);
    this.#leave = lookOn(
      this.#context,
      { under: this.#under },
      {
        shown: (snapshot) => this.#show(snapshot),
        failed: (error) => this.#failed(error),
        ended: () => this.#end(),
      },
    );
  }

  /**
   * Resolves when the copy is complete.
   *
   * @throws TimeoutError when the store has not shown the map within `waitMs` (default 10 000 ms); AuthError; UsageError when `name` can't
   * be a name on every store; ClosedError
   */
  static async open<T = unknown>(coord: Coord, name: string, options: SharedMapOptions<T> = {}): Promise<SharedMap<T>> {
    const map = new SharedMap<T>(coord, name, options);
    try {
      await map.#waiting({ waitMs: defaultOpenMs, ...options }, "map.open", async (wait) => {
        await map.#until(wait, () => map.#fresh || map.#closed || map.#failure !== undefined);
        if (map.#failure !== undefined) throw map.#failure;
        if (map.#closed) throw closedError();
      });
      return map;
    } catch (error) {
      await map.close();
      throw error;
    }
  }

  /** The store is out of sight, or the map is closed: the copy is what was last seen. */
  get stale(): boolean {
    return !this.#fresh;
  }

  /** Of the store, when the copy was what the store held. */
  get revision(): bigint {
    return this.#contents.revision;
  }

  get size(): number {
    return this.#contents.entries.size;
  }

  /** What stands in the store under keys of the map and can't be read, by key. */
  get rejected(): ReadonlyMap<string, Rejection> {
    return this.#contents.rejected;
  }

  get(key: string): T | undefined {
    return this.#contents.entries.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#contents.entries.has(key);
  }

  /** With its version, for `ifVersion`. */
  entry(key: string): SharedEntry<T> | undefined {
    return this.#contents.entries.get(key);
  }

  /** All of one revision, in the order of the store, however long the iteration takes. */
  entries(): IterableIterator<SharedEntry<T>> {
    return this.#contents.entries.values();
  }

  keys(): IterableIterator<string> {
    return this.#contents.entries.keys();
  }

  /**
   * Writes a value; resolves when the local copy has it.
   *
   * @throws ConflictError; ValidationError; ValueTooLargeError; SessionLostError when an owned one can't be; UnknownOutcomeError when the
   * answer was lost; TimeoutError; ClosedError
   */
  async set(key: string, value: T, options: SetOptions = {}): Promise<SharedEntry<T>> {
    const at = this.#keyOf(key);
    const bytes = await this.#values.encoded(value, JSON.stringify(key));
    return this.#waiting(options, "map.set", async (wait) => {
      const expected = await this.#expected(key, at, options.ifVersion, wait);
      const written = options.owned
        ? await this.#writer.own(at, bytes, expected, wait)
        : await this.#writer.write(at, bytes, expected, wait);
      await this.#until(wait, () => this.#closed || this.revision >= written.revision);
      return sharedEntry(key, written.entry, this.#values);
    });
  }

  /**
   * Changes a value by what it is: `change` gets the present one and gives the next, or `undefined` to leave it as it is. It may be
   * called again, when somebody else was faster.
   *
   * @throws ConflictError after sixteen attempts, and as `set`
   */
  async update(
    key: string,
    change: (now: T | undefined) => T | undefined,
    options: WaitOptions = {},
  ): Promise<SharedEntry<T> | undefined> {
    const at = this.#keyOf(key);
    return this.#waiting(options, "map.update", async (wait) => {
      const written = await this.#writer.revise(key, at, this.#contents.stored.get(key), change, wait);
      if (!written) return this.entry(key);
      await this.#until(wait, () => this.#closed || this.revision >= written.revision);
      return sharedEntry(key, written.entry, this.#values);
    });
  }

  /** Whether there was one to remove; resolves when the local copy doesn't have it any more. Errors as `set`. */
  async delete(key: string, { ifVersion, ...options }: DeleteOptions = {}): Promise<boolean> {
    const at = this.#keyOf(key);
    return this.#waiting(options, "map.delete", async (wait) => {
      const before = this.entry(key);
      const expected = await this.#expected(key, at, ifVersion, wait);
      const revision = await this.#writer.remove(at, expected, wait);
      const gone = () => before === undefined || this.entry(key)?.version !== before.version;
      await this.#until(wait, () => this.#closed || (revision === undefined ? gone() : this.revision >= revision));
      return revision !== undefined;
    });
  }

  on<Name extends keyof SharedMapEvents<T>>(name: Name, listener: SharedMapEvents<T>[Name]): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof SharedMapEvents<T>>(name: Name, listener: SharedMapEvents<T>[Name]): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends keyof SharedMapEvents<T>>(name: Name, listener: SharedMapEvents<T>[Name]): this {
    this.#events.off(name, listener);
    return this;
  }

  /** Looks on no more; what was last seen can still be read. Owned entries stay until the session ends. Idempotent. */
  async close(): Promise<void> {
    this.#leave();
    this.#end();
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keyOf(key: string): string {
    return joinKey(this.#under, segmentOf(key));
  }

  async #expected(key: string, at: string, version: Version | null | undefined, wait: Wait): Promise<Expected> {
    if (version === undefined || version === null) return version;
    if (typeof version !== "string") throw new UsageError("`ifVersion` must be the `version` of an entry, or null.");
    const known = this.#contents.stored.get(key);
    return known?.version === version ? known : this.#writer.named(at, version, wait);
  }

  #waiting<R>(options: WaitOptions, operation: string, body: (wait: Wait) => Promise<R>): Promise<R> {
    if (this.#closed) return Promise.reject(closedError());
    const { signal, waitMs } = options;
    const timeout = () =>
      new TimeoutError(
        `The map ${JSON.stringify(this.name)} has not shown this within ${waitMs} ms: the store is out of sight, or far behind. A write may have happened: look before you repeat it.`,
        { operation, key: this.name, cause: this.#context.trouble() },
      );
    return waiting(this.#context.runtime, { signal, waitMs, timeout }, body);
  }

  /** Waits until the copy is so. */
  #until(wait: Wait, reached: () => boolean): Promise<void> {
    if (reached()) return Promise.resolve();
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (!reached()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      wait.endOn(() => () => this.#waiters.delete(look));
    });
    return wait.race(seen);
  }

  #show(snapshot: Snapshot): void {
    this.#shown = snapshot;
    if (!this.#taking) void this.#takeOver();
  }

  /** One after the other, since a schema may take its time; what was replaced meanwhile is skipped. */
  async #takeOver(): Promise<void> {
    this.#taking = true;
    while (this.#shown && !this.#closed) {
      const { entries, revision, stale } = this.#shown;
      this.#shown = undefined;
      const next = stale ? this.#contents : await this.#nextOf(entries, revision);
      if (!this.#closed) this.#become(next, !stale);
    }
    this.#taking = false;
  }

  async #nextOf(entries: readonly Entry[], revision: bigint): Promise<Contents<T>> {
    return this.#contents.next(entries, revision, this.#under, this.#values);
  }

  #become(next: Contents<T>, fresh: boolean): void {
    const before = this.#contents;
    const wasFresh = this.#fresh;
    this.#contents = next;
    this.#fresh = fresh;
    if (next.revision < before.revision) this.#restored(before.revision, next.revision);
    for (const rejection of next.rejectedSince(before)) this.#rejected(rejection);
    for (const change of next.changesSince(before)) this.#events.emit("change", change);
    if (wasFresh !== fresh) this.#events.emit("stale", !fresh);
    for (const look of [...this.#waiters]) look();
  }

  #restored(before: bigint, now: bigint): void {
    const { logger } = this.#context;
    logger.error({ map: this.name, before, now }, "the store was restored to an older state, which the map shows now");
    this.#events.emit("restored", { before, now });
  }

  #rejected(rejection: Rejection): void {
    const { key, error } = rejection;
    this.#context.logger.warn({ map: this.name, key, error }, "an entry of a map can't be read and is left out");
    this.#events.emit("rejected", rejection);
  }

  #failed(error: unknown): void {
    if (this.revision === 0n) this.#failure = error;
    for (const look of [...this.#waiters]) look();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#fresh) {
      this.#fresh = false;
      this.#events.emit("stale", true);
    }
    for (const look of [...this.#waiters]) look();
  }
}
