import { type Coord, TimeoutError, UsageError, type Version, type WaitOptions } from "@coord/core";
import {
  closedError,
  contextOf,
  Events,
  joinKey,
  type RecipeContext,
  segmentOf,
  toKey,
  type Wait,
  waiting,
} from "@coord/core/recipe";
import { type Rejection, type SharedEntry, sharedEntry } from "./contents.ts";
import { LocalCopy } from "./local-copy.ts";
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
  readonly #copy: LocalCopy<T>;

  private constructor(coord: Coord, name: string, options: SharedMapOptions<T>) {
    this.name = name;
    this.#under = toKey(name);
    this.#context = contextOf(coord, this.#under);
    this.#values = new Values(options);
    this.#events = new Events(this.#context.logger);
    this.#writer = new Writer(this.#context, this.#values);
    this.#copy = new LocalCopy({
      context: this.#context,
      name,
      under: this.#under,
      values: this.#values,
      events: this.#events,
    });
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
        const copy = map.#copy;
        await copy.until(wait, () => copy.fresh || copy.closed || copy.failure !== undefined);
        if (copy.failure !== undefined) throw copy.failure;
        if (copy.closed) throw closedError();
      });
      return map;
    } catch (error) {
      await map.close();
      throw error;
    }
  }

  /** The store is out of sight, or the map is closed: the copy is what was last seen. */
  get stale(): boolean {
    return !this.#copy.fresh;
  }

  /** Of the store, when the copy was what the store held. */
  get revision(): bigint {
    return this.#copy.contents.revision;
  }

  get size(): number {
    return this.#copy.contents.entries.size;
  }

  /** What stands in the store under keys of the map and can't be read, by key. */
  get rejected(): ReadonlyMap<string, Rejection> {
    return this.#copy.contents.rejected;
  }

  get(key: string): T | undefined {
    return this.#copy.contents.entries.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#copy.contents.entries.has(key);
  }

  /** With its version, for `ifVersion`. */
  entry(key: string): SharedEntry<T> | undefined {
    return this.#copy.contents.entries.get(key);
  }

  /** All of one revision, in the order of the store, however long the iteration takes. */
  entries(): IterableIterator<SharedEntry<T>> {
    return this.#copy.contents.entries.values();
  }

  keys(): IterableIterator<string> {
    return this.#copy.contents.entries.keys();
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
      await this.#reaches(wait, () => this.revision >= written.revision);
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
      const written = await this.#writer.revise(key, at, this.#copy.contents.stored(key), change, wait);
      if (!written) return this.entry(key);
      await this.#reaches(wait, () => this.revision >= written.revision);
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
      await this.#reaches(wait, () => (revision === undefined ? gone() : this.revision >= revision));
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
    this.#copy.close();
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keyOf(key: string): string {
    return joinKey(this.#under, segmentOf(key));
  }

  /** Waits until the copy has what was written; in another history of the store it may never have. */
  #reaches(wait: Wait, shown: () => boolean): Promise<void> {
    const { history } = this.#copy;
    return this.#copy.until(wait, () => this.#copy.closed || this.#copy.history !== history || shown());
  }

  async #expected(key: string, at: string, version: Version | null | undefined, wait: Wait): Promise<Expected> {
    if (version === undefined || version === null) return version;
    if (typeof version !== "string") throw new UsageError("`ifVersion` must be the `version` of an entry, or null.");
    const known = this.#copy.contents.stored(key);
    return known?.version === version ? known : this.#writer.named(at, version, wait);
  }

  #waiting<R>(options: WaitOptions, operation: string, body: (wait: Wait) => Promise<R>): Promise<R> {
    if (this.#copy.closed) return Promise.reject(closedError());
    const { signal, waitMs } = options;
    const timeout = () =>
      new TimeoutError(
        `The map ${JSON.stringify(this.name)} has not shown this within ${waitMs} ms: the store is out of sight, or far behind. A write may have happened: look before you repeat it.`,
        { operation, key: this.name, cause: this.#context.trouble() },
      );
    return waiting(this.#context.runtime, { signal, waitMs, timeout }, body);
  }
}
