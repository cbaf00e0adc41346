import type { Coord } from "@coord/core";

/** What the server counted from its start on. */
export interface Traffic {
  /** Messages from clients: calls, and what is written into streams. */
  readonly received: number;
  /** Those of them that keep a session alive. */
  readonly keepAlives: number;
  /** Messages with which the server answers watches: created, events, progress. */
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

/** A server, and all who measure themselves on it. */
export interface Arena extends AsyncDisposable {
  /** What runs, with versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** How a process of its own reaches the same server. */
  readonly address: string;
  traffic(): Promise<Traffic>;
  /** Lets the server forget what is over, where it keeps that: or else each turn would pay for those before it. */
  settle?(): Promise<void>;
  connect(): Promise<Coord>;
  connectRaw(): Promise<RawClient>;
  /** What the package of the bare client offers itself. */
  packaged(): { readonly locks: readonly PackagedLock[]; close(): void };
}
