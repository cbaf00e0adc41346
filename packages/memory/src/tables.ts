import { childToward, type Entry, type Key, parentOf } from "@coord/core/spi";

/** A session as it is kept; `expiresAtMs` is on the clock of whoever keeps it. */
export interface SessionRecord {
  readonly id: string;
  readonly ttlMs: number;
  readonly expiresAtMs: number;
}

/** The keys that a commit wrote. */
export interface Change {
  readonly revision: bigint;
  readonly keys: readonly Key[];
}

/**
 * Where a state keeps its entries, its sessions and its commit counter: in this process, or in a file that processes
 * share. All the rules are the state's.
 */
export interface Tables {
  /** One atomic step: what `step` writes shows together, and to everybody who shares the tables; nothing of it if it throws. */
  write<T>(step: () => T): T;
  /** All that `look` reads is of one moment, and no older than the call. */
  read<T>(look: () => T): T;
  /** The commit counter: what the tables held after each value of it was the same for everybody. */
  readonly revision: bigint;
  /** Counts a commit, within a step; what the step writes belongs to the new revision. */
  advance(): bigint;
  entry(key: Key): Entry | undefined;
  /** The direct children, by key. */
  children(under: Key): readonly Entry[];
  /** The direct children that an entry lies below, by key. */
  directories(under: Key): readonly Key[];
  put(entry: Entry): void;
  remove(key: Key): void;
  sessions(): SessionRecord[];
  session(id: string): SessionRecord | undefined;
  /** An id that no session has, had or will have. */
  newSessionId(): string;
  putSession(session: SessionRecord): void;
  removeSession(id: string): void;
  /** The keys of the entries that are bound to a session. */
  bound(id: string): readonly Key[];
  /** What was committed since this was asked last, by whoever shares the tables; `undefined`: too much to tell. */
  written(): readonly Change[] | undefined;
  /** Resolves when what was written for good cannot be lost any more; `undefined` when there is nothing to wait for. */
  saved(): Promise<void> | undefined;
  /** A session has ended because nobody renewed it: its process may be gone, and what that left behind can be cleared. */
  abandoned(): void;
}

/** The tables of a store inside one process: gone with it. */
export class MemoryTables implements Tables {
  readonly #directories = new Map<Key, Map<Key, Entry>>();
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #bound = new Map<string, Set<Key>>();
  #written: (Change & { readonly keys: Key[] })[] = [];
  #revision = 0n;
  #sessionCount = 0;

  get revision(): bigint {
    return this.#revision;
  }

  /** The state checks everything before it writes the first thing, and nobody else looks meanwhile. */
  write<T>(step: () => T): T {
    return step();
  }

  read<T>(look: () => T): T {
    return look();
  }

  advance(): bigint {
    this.#revision += 1n;
    this.#written.push({ revision: this.#revision, keys: [] });
    return this.#revision;
  }

  entry(key: Key): Entry | undefined {
    return this.#directories.get(parentOf(key))?.get(key);
  }

  children(under: Key): Entry[] {
    return [...(this.#directories.get(under)?.values() ?? [])].sort(byKey);
  }

  directories(under: Key): readonly Key[] {
    const parents = [...this.#directories.keys()].filter((parent) => parent !== "");
    return [...new Set(parents.flatMap((parent) => childToward(under, parent) ?? []))].sort();
  }

  put(entry: Entry): void {
    const parent = parentOf(entry.key);
    const directory = this.#directories.get(parent) ?? new Map<Key, Entry>();
    this.#directories.set(parent, directory.set(entry.key, entry));
    if (entry.session !== undefined) this.#bound.get(entry.session)?.add(entry.key);
    this.#written.at(-1)?.keys.push(entry.key);
  }

  remove(key: Key): void {
    const parent = parentOf(key);
    const directory = this.#directories.get(parent);
    const session = directory?.get(key)?.session;
    if (session !== undefined) this.#bound.get(session)?.delete(key);
    if (directory?.delete(key) && directory.size === 0) this.#directories.delete(parent);
    this.#written.at(-1)?.keys.push(key);
  }

  sessions(): SessionRecord[] {
    return [...this.#sessions.values()];
  }

  session(id: string): SessionRecord | undefined {
    return this.#sessions.get(id);
  }

  newSessionId(): string {
    this.#sessionCount += 1;
    return `session-${this.#sessionCount}`;
  }

  putSession(session: SessionRecord): void {
    this.#sessions.set(session.id, session);
    if (!this.#bound.has(session.id)) this.#bound.set(session.id, new Set());
  }

  removeSession(id: string): void {
    this.#sessions.delete(id);
    this.#bound.delete(id);
  }

  bound(id: string): readonly Key[] {
    return [...(this.#bound.get(id) ?? [])];
  }

  written(): readonly Change[] {
    const written = this.#written;
    this.#written = [];
    return written;
  }

  saved(): undefined {}

  abandoned(): void {}
}

const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
