import type { Coord } from "@coord/core";

/** What the server counted from its start on. */
export interface Traffic {
  /** Messages from clients: calls, and what is written into streams. */
  readonly received: number;
  /** Those of them that keep a session alive, where the server tells them from others. */
  readonly keepAlives: number | undefined;
  /** Messages with which the server answers watches: events, and on etcd created and progress. */
  readonly watchMessages: number;
}

/** One who has a place in a line and whose turn it is. */
export interface Turn {
  /** In the order of the line, over all processes. */
  readonly order: bigint;
  leave(): Promise<unknown>;
}

export type Enter = () => Promise<Turn>;

/** The bare client of the same server, which does by hand the least that the work takes. */
export interface RawClient extends AsyncDisposable {
  /** Takes a place that nobody else wants, and gives it back. */
  pair(name: string): Promise<void>;
  /** Stands in a line that a long-lived watch follows. */
  enter(line: string): Promise<Turn>;
  /** Removes an entry: how long until a long-lived watch tells of it, in microseconds. */
  removeAndSee(): Promise<number>;
  put(key: string, value: string): Promise<void>;
  /** How many entries there are below a key. */
  count(under: string): Promise<number>;
}

/** A lock as a client's package has it: taken while it is free and given back. */
export interface PackagedLock {
  readonly name: string;
  pair(name: string): Promise<void>;
}

/** What is reachable differs from store to store. Ratios are to the bare client's figure. */
export interface Goals {
  /** Of one acquire and release. */
  readonly pair: number;
  readonly pairRequests: number;
  /** Of the pairs a second on many keys. */
  readonly manyPairs: { readonly raw: number; readonly packaged: number | undefined };
  readonly manyPairsCpu: number;
  /** What the release, and standing in line and beginning to wait, cost in requests. */
  readonly standing: number;
  /** Requests beside those, at each hand-over. */
  readonly handOverRequests: number;
}

export interface SessionChoice {
  readonly ttlMs?: number;
}

/** A server, and all who measure themselves on it. */
export interface Arena extends AsyncDisposable {
  readonly name: string;
  readonly goals: Goals;
  /** What runs, with versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** How a process of its own reaches the same server. */
  readonly address: string;
  traffic(): Promise<Traffic>;
  connect(session?: SessionChoice): Promise<Coord>;
  /** Lets the server forget what is over, where it keeps that: or else each turn would pay for those before it. */
  settle?(): Promise<void>;
  connectRaw(): Promise<RawClient>;
  /** What the package of the bare client offers itself. */
  packaged(): { readonly locks: readonly PackagedLock[]; close(): void };
}
