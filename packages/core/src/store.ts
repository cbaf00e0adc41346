/**
 * The whole contract between recipes and stores. Recipes are written on these verbs and nothing else; a store that
 * keeps every sentence below, which the conformance kit checks one by one, carries all of them.
 *
 * Four errors mean the same everywhere. `UnavailableError`: the call has not taken effect and may be repeated.
 * `UnknownOutcomeError`: it may have, or still may. `ConflictError`: a guard did not hold, nothing was written.
 * `SessionLostError`: the session named in the call is gone. An aborted `signal` rejects with its own reason.
 */
import type { Key } from "./key.ts";

export type { Key } from "./key.ts";

export type Bytes = Uint8Array;

/** Changes with every write of an entry and never comes back, not even after the entry was removed and made anew. */
export type Version = string;

/** Something that was written under a key. A directory that was never written itself is no entry. */
export interface Entry {
  readonly key: Key;
  readonly value: Bytes;
  readonly version: Version;
  /** When the entry was created, in the store's one total order. Rises for ever: the fencing token. */
  readonly order: bigint;
  /** The session whose end removes the entry. */
  readonly session: string | undefined;
}

export interface StoreOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface Store {
  readonly traits: Traits;

  /** Opens a session, which lives until it is closed or until the server has not heard of it for its ttl. */
  openSession(options: SessionOptions): Promise<StoreSession>;

  /** The entry, or `undefined`. Linearizable: it sees every write that was answered before the call. */
  get(key: Key, options?: StoreOptions): Promise<Entry | undefined>;

  /** The direct children that are entries, by key, with their values. */
  list(under: Key, options?: StoreOptions): Promise<Listing>;

  /**
   * The direct children that an entry lies below, however deep, by key; whether they are entries themselves is no matter.
   * Together with `list` it finds all of a tree. As of `get` for each of them, but not of one moment for all: one that has
   * something below it all the while is there, one that never has isn't, one that comes or goes meanwhile may be.
   */
  directories(under: Key, options?: StoreOptions): Promise<readonly Key[]>;

  /** All of it or nothing, in one atomic step. A `ConflictError` says which guard or write did not hold. */
  commit(commit: Commit, options?: StoreOptions): Promise<Committed>;

  /**
   * Stands in line: creates an entry bound to the session, as a direct child of `line`, in one round trip, and answers
   * who is ahead. Repeating it with the same ticket finds the same place, so a lost reply is settled by asking again;
   * an earlier attempt that is still under way adds no second place, nor brings one back that was removed since.
   */
  contend(line: Key, ticket: Ticket, options?: StoreOptions): Promise<Place>;

  /**
   * Follows a place: who is ahead now, and again when one of the `blockers` picked from those ahead leaves or is
   * written, or the place itself leaves. Others may come and go without a word, so nobody is woken who needn't be. Like
   * `watch` it tells what is, newest only, never back in time, and gets over disconnections by itself.
   */
  follow(place: Place, blockers: Blockers, options?: StoreOptions): AsyncIterable<Standing>;

  /**
   * What is there now, then what is there after each change: newest only, so changes in between may be skipped;
   * never back in time; ends on the last state. While the store is out of sight the last snapshot comes again,
   * marked `stale`; the first one after that is fresh. Ends without an error by its signal or the store's `close()`.
   */
  watch(scope: Scope, options?: StoreOptions): AsyncIterable<Snapshot>;

  /** Ends watches and sessions' heartbeats, and the connection. Every pending call settles. */
  close(): Promise<void>;
}

/** Measured facts that recipes may read, and errors may name. Never a switch that turns a rule off. */
export interface Traits {
  readonly name: string;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  readonly maxValueBytes: number;
  /** Guards and writes of one commit. */
  readonly maxWrites: number;
}

export interface SessionOptions extends StoreOptions {
  readonly ttlMs: number;
  readonly events: SessionEvents;
}

export interface StoreSession {
  readonly id: string;
  /** As granted, which may differ from what was asked for. */
  readonly ttlMs: number;
  /** Monotonic time before the request that opened it was sent. */
  readonly sentAtMs: number;
  /** Renews now instead of in its time: whether the session is still there, which the events tell too. `UnavailableError` while that can't be known. */
  renew(): Promise<boolean>;
  /** Ends the session: its entries are gone when this resolves. Repeating it is harmless. */
  close(options?: StoreOptions): Promise<void>;
}

/** Facts about a session for the one deadline clock in core; the store itself judges nothing. */
export interface SessionEvents {
  /** A renewal that proves the session was answered; `sentAtMs` is the monotonic time before it was **sent**. */
  renewed(sentAtMs: number): void;
  /** A renewal is overdue, or the connection is down. */
  disconnected(): void;
  /** The server said that the session is gone. */
  expired(): void;
}

export interface Listing {
  readonly entries: readonly Entry[];
  readonly revision: bigint;
}

export interface Commit {
  readonly guards?: readonly Guard[];
  readonly writes: readonly Write[];
}

export type Guard =
  | { readonly exists: Key }
  | { readonly absent: Key }
  /** Still there, in this very version. */
  | { readonly unchanged: Entry };

/** At most one write a key. */
export type Write =
  /** A conflict if the key exists. */
  | { readonly create: Key; readonly value: Bytes; readonly session?: StoreSession | undefined }
  /** Creates or replaces; a replaced entry keeps its order and session. */
  | { readonly put: Key; readonly value: Bytes }
  /** A conflict unless the entry is there in this very version. */
  | { readonly update: Entry; readonly value: Bytes }
  /** An entry: a conflict unless it is there in this very version. A key: whatever is there, also nothing. */
  | { readonly remove: Entry | Key };

export interface Committed {
  readonly revision: bigint;
  /** What each write left behind, in the order of the writes; `undefined` for a removal. */
  readonly entries: readonly (Entry | undefined)[];
}

/** What one contender shows when it stands in line. */
export interface Ticket {
  /** Unique for ever: by it a repeated attempt finds its own place. */
  readonly id: string;
  /** What it stands for, in letters and underscores: part of the entry's key, so that others see it without reading values. */
  readonly kind: string;
  readonly value: Bytes;
  readonly session: StoreSession;
}

/** Another contender, as its key tells. `kind` is `undefined` where another program's layout has none. */
export interface Rival {
  readonly key: Key;
  readonly kind: string | undefined;
}

export interface Place {
  readonly line: Key;
  readonly mine: Entry;
  /** Those that were created earlier and still stand, in their order. */
  readonly ahead: readonly Rival[];
  readonly revision: bigint;
}

/** Picks from those ahead the ones that stand in the way; none means: my turn. */
export type Blockers = (ahead: readonly Rival[]) => readonly Rival[];

export interface Standing {
  /** Whether the own entry is still there: only together with it does standing first count. */
  readonly present: boolean;
  readonly ahead: readonly Rival[];
  readonly revision: bigint;
  readonly stale: boolean;
}

/** One key, or the direct children of one. */
export type Scope = { readonly key: Key } | { readonly under: Key };

export interface Snapshot {
  /** By key. */
  readonly entries: readonly Entry[];
  readonly revision: bigint;
  /** The store is out of sight: these are the last entries known. */
  readonly stale: boolean;
  /**
   * Counted from 0: another one begins when the store was found to be set back to an older state, and time may go back with it. What
   * was seen in one may never have happened in the next.
   */
  readonly history: number;
}

/** How `connect` reaches a store: made by a backend's function, `memory()`, `etcd()`, from its options or a URL. */
export interface Backend {
  /** What a person may see: no credentials. */
  readonly endpoints: readonly string[];
  /** The prefix that all keys of the client live under; `""` for none. */
  readonly namespace: string;
  open(context: BackendContext): Promise<Store>;
}

export interface BackendContext {
  /** The prefix that the client will live under, its own options included: a store may check at the start that it has the right to it. */
  readonly namespace: Key;
  readonly runtime: import("./runtime.ts").Runtime;
  readonly logger: import("./logger.ts").Logger;
}
