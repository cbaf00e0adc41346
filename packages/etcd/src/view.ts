import { type Entry, isTransient, type Key, pause, retry, type Scope, type Snapshot } from "@coord/core/spi";
import type { IEvent } from "etcd3";
import { changedInOrder, inOrderOfKeys } from "./in-order.ts";
import { childOf, type Range, rangeBelow } from "./keys.ts";
import type { ViewContext } from "./views.ts";
import type { KeyValue } from "./wire/txn.ts";

/** What a view holds of each key. */
export type Kept = Omit<KeyValue, "key">;

export interface Viewer {
  /** The keys that have changed, or `undefined` when all was read anew, by the read of this number. */
  changed(keys: ReadonlySet<Key> | undefined, read?: number): void;
  /** What the view holds is what was; it will be told when it is what is. */
  lost(): void;
  failed(error: Error): void;
}

/** All that a view is to hold, at one revision. */
export interface Reading {
  readonly kvs: readonly { readonly key: Key; readonly kv: KeyValue }[];
  readonly revision: bigint;
}

/** Before a read that was older than what is known is made again. */
const againMs = 20;

/** Sees all that was written before the call. */
export type ReadAll = (signal: AbortSignal) => Promise<Reading>;

export const rangeOfScope = (scope: Scope): Range => ("key" in scope ? { key: scope.key } : rangeBelow(scope.under));

/**
 * A part of the store, kept here as it is there: read once, then changed by each event. After the stream broke it is read
 * anew rather than resumed: only a read tells that nothing was missed, and it is immune to compaction. Whoever watches the
 * same part shares it.
 */
export class View {
  readonly #context: ViewContext;
  readonly #scope: Scope;
  readonly #readAll: ReadAll;
  readonly #onFailed: () => void;
  readonly #viewers = new Set<Viewer>();
  readonly #leave: () => void;
  readonly #kept = new Map<Key, Kept>();
  #revision = 0n;
  /** Made when somebody asks, and kept up from then on. */
  #entries: readonly Entry[] | undefined;
  #snapshot: Snapshot | undefined;
  /** Which of the store's histories that is of. */
  #history = 0;
  #fresh = false;
  /** From which revision on events come; `undefined` while the stream hasn't said. */
  #begunAt: bigint | undefined;
  /** What was read and can't be taken up before that. */
  #pending: (Reading & { readonly number: number }) | undefined;
  #reads = 0;
  #wanted = false;
  /** Events that came before what they change was read. */
  #early: IEvent[] = [];
  /** Ends the reading that was begun with a stream, when that is gone. */
  #round = new AbortController();
  #confirming = false;

  /** @param failed told when it has come to an end that no retry mends */
  constructor(context: ViewContext, scope: Scope, readAll: ReadAll, failed: () => void) {
    this.#context = context;
    this.#scope = scope;
    this.#readAll = readAll;
    this.#onFailed = failed;
    const leaveLineage = context.connection.lineage.onRestored(() => {
      this.#revision = 0n;
    });
    const leaveStream = context.stream.watch({
      range: rangeOfScope(scope),
      asked: () => void this.#read(),
      begun: (revision) => {
        this.#begunAt = revision;
        this.#takeUp();
      },
      changed: (events) => this.#changed(events),
      lost: () => this.#lost(),
      refused: (error) => this.#failed(error),
    });
    this.#leave = () => {
      leaveStream();
      leaveLineage();
    };
  }

  /** Whether it holds what is there, as far as events have told. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /** How many reads have begun: a later one sees all that was written before. */
  get reads(): number {
    return this.#reads;
  }

  get revision(): bigint {
    return this.#revision;
  }

  get kept(): ReadonlyMap<Key, Kept> {
    return this.#kept;
  }

  /** Of what it holds: the very same one until something changes, for all that look. */
  get snapshot(): Snapshot {
    const made = this.#snapshot;
    if (made?.revision === this.#revision && made.history === this.#history) return made;
    this.#entries ??= inOrderOfKeys(this.#kept);
    this.#snapshot = { entries: this.#entries, revision: this.#revision, stale: false, history: this.#history };
    return this.#snapshot;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  /** Reads again, for one who must see all that was written before it came. Those of one turn share a read. */
  confirm(): void {
    if (!this.#fresh) this.#wanted = true; // after the read that is under way
    if (!this.#fresh || this.#confirming) return;
    this.#confirming = true;
    setImmediate(() => {
      this.#confirming = false;
      if (this.#fresh) void this.#read();
    });
  }

  close(): void {
    this.#round.abort("closed");
    this.#viewers.clear();
    this.#leave();
  }

  async #read(): Promise<void> {
    const { signal } = this.#round;
    this.#reads += 1;
    const number = this.#reads;
    try {
      const reading = await retry(this.#context.runtime, () => this.#readAll(signal), {
        signal,
        when: (error) => isTransient(error) && !signal.aborted,
      });
      if (signal.aborted) return;
      this.#pending = { ...reading, number };
      this.#takeUp();
    } catch (error) {
      if (!signal.aborted) this.#failed(error as Error);
    }
  }

  /** What was read follows the beginning of the watch, or there is a gap between the two and it is read again. */
  #takeUp(): void {
    const reading = this.#pending;
    if (!reading || this.#begunAt === undefined) return;
    this.#pending = undefined;
    const isKnown = this.#fresh && reading.revision <= this.#revision;
    if (!isKnown) {
      if (reading.revision < this.#begunAt || reading.revision < this.#revision) return void this.#readAgain();
      if (this.#contradicts(reading)) return; // and with that the stream is broken: it is read with the next one
      this.#kept.clear();
      this.#entries = undefined;
      for (const { key, kv } of reading.kvs) this.#kept.set(key, kv);
      this.#revision = reading.revision;
      this.#history = this.#context.connection.lineage.epoch;
      this.#fresh = true;
      this.#apply(this.#early.splice(0));
    }
    for (const viewer of [...this.#viewers]) viewer.changed(undefined, reading.number);
    if (!this.#wanted) return;
    this.#wanted = false;
    void this.#read();
  }

  /** Whether an entry was written before what was seen last, and was not seen then: that history is over. */
  #contradicts({ kvs }: Reading): boolean {
    const { lineage } = this.#context.connection;
    if (this.#history !== lineage.epoch) return false;
    const [before, known] = [this.#revision, this.#kept];
    const strange = kvs.find(
      ({ key, kv }) => BigInt(kv.mod_revision) < before && known.get(key)?.mod_revision !== kv.mod_revision,
    );
    if (strange) lineage.contradicted({ key: strange.key, before, now: BigInt(strange.kv.mod_revision) });
    return strange !== undefined;
  }

  async #readAgain(): Promise<void> {
    const { signal } = this.#round;
    await pause(this.#context.runtime, againMs, signal);
    if (!signal.aborted) await this.#read();
  }

  #changed(events: readonly IEvent[]): void {
    if (!this.#fresh) {
      for (const event of events) this.#early.push(event);
      return;
    }
    const keys = this.#apply(events);
    if (keys.size > 0) for (const viewer of [...this.#viewers]) viewer.changed(keys);
  }

  /** The keys that changed. What is older than what is known is dropped: some versions of etcd tell it again. */
  #apply(events: readonly IEvent[]): ReadonlySet<Key> {
    const keys = new Set<Key>();
    const known = this.#revision;
    for (const { type, kv } of events) {
      const revision = BigInt(kv.mod_revision);
      if (revision <= known) continue;
      if (revision > this.#revision) this.#revision = revision;
      const key = this.#keyIn(kv.key);
      if (key === undefined) continue;
      if (type === "Delete") this.#kept.delete(key);
      else this.#kept.set(key, kv);
      keys.add(key);
    }
    this.#entries &&= changedInOrder(this.#entries, keys, this.#kept);
    return keys;
  }

  #keyIn(bytes: Buffer): Key | undefined {
    return "key" in this.#scope ? this.#scope.key : childOf(this.#scope.under, bytes);
  }

  #lost(): void {
    this.#round.abort("lost");
    this.#round = new AbortController();
    this.#begunAt = undefined;
    this.#pending = undefined;
    this.#early = [];
    const wasFresh = this.#fresh;
    this.#fresh = false;
    if (wasFresh) for (const viewer of [...this.#viewers]) viewer.lost();
  }

  #failed(error: Error): void {
    this.#onFailed();
    for (const viewer of [...this.#viewers]) viewer.failed(error);
  }
}
