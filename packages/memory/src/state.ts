import {
  type Bytes,
  type Committed,
  ConflictError,
  type Entry,
  type Guard,
  type Key,
  type Listing,
  type Runtime,
  type Scope,
  SessionLostError,
  type Timer,
} from "@coord/core/spi";
import { type WireCommit, type WireWrite, writtenKey } from "./protocol.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { SessionRecord, Tables } from "./tables.ts";

/**
 * The rules of a store: entries, sessions and one commit counter, kept in tables that may be shared with other states.
 * Each method is one atomic step.
 */
export class State {
  readonly #runtime: Runtime;
  readonly #tables: Tables;
  readonly #subscriptions = new Subscriptions();
  #stepping = false;
  /** When the first of the sessions ends unless it is renewed, as far as is known, and the timer for it. */
  #due: { readonly atMs: number; readonly timer: Timer } | undefined;
  #closed = false;

  constructor(runtime: Runtime, tables: Tables) {
    this.#runtime = runtime;
    this.#tables = tables;
  }

  get revision(): bigint {
    return this.#tables.revision;
  }

  get subscriptions(): Subscriptions {
    return this.#subscriptions;
  }

  /** What `look` reads is of one moment. */
  look<T>(look: () => T): T {
    return this.#tables.read(look);
  }

  /** Runs `work` as one atomic step, and tells of what was written when that is done. */
  step<T>(work: () => T): T {
    if (this.#stepping) return work();
    this.#stepping = true;
    let result: T;
    try {
      result = this.#tables.write(work);
    } finally {
      this.#stepping = false;
    }
    this.announce();
    return result;
  }

  /** Tells subscribers of all that was written since the last time, by whoever shares the tables. */
  announce(): void {
    const changes = this.#tables.written();
    if (changes === undefined) this.#subscriptions.notifyAll(this.look(() => this.revision));
    else if (changes.length > 0) this.#subscriptions.notify(changes);
  }

  saved(): Promise<void> | undefined {
    return this.#tables.saved();
  }

  get(key: Key): Entry | undefined {
    return this.look(() => {
      const entry = this.#tables.entry(key);
      return entry && copy(entry);
    });
  }

  list(under: Key): Listing {
    return this.look(() => ({ entries: this.#tables.children(under).map(copy), revision: this.revision }));
  }

  /** The direct children as they are kept: to look at, and not to be handed out. */
  children(under: Key): readonly Entry[] {
    return this.#tables.children(under);
  }

  directories(under: Key): readonly Key[] {
    return this.look(() => this.#tables.directories(under));
  }

  see(scope: Scope): Listing {
    if ("under" in scope) return this.list(scope.under);
    return this.look(() => {
      const entry = this.get(scope.key);
      return { entries: entry ? [entry] : [], revision: this.revision };
    });
  }

  commit({ guards = [], writes }: WireCommit): Committed {
    const committed = () => {
      for (const guard of guards) this.#assertGuard(guard);
      for (const write of writes) this.#assertWritable(write);
      const revision = writes.length > 0 ? this.#tables.advance() : this.revision;
      const entries = writes.map((write) => this.#apply(write, revision));
      return { revision, entries: entries.map((entry) => entry && copy(entry)) };
    };
    return writes.length > 0 ? this.step(committed) : this.look(committed);
  }

  /** Makes an entry for a session, where there is none. What the caller gets has the bytes that it gave. */
  enter(key: Key, { value, session }: { readonly value: Bytes; readonly session: string }): Entry {
    return this.step(() => {
      this.assertSession(session);
      return { ...this.#create(key, value, session, this.#tables.advance()), value };
    });
  }

  openSession(ttlMs: number): string {
    const session = this.step(() => {
      const opened = { id: this.#tables.newSessionId(), ttlMs, expiresAtMs: this.#runtime.now() + ttlMs };
      this.#tables.putSession(opened);
      return opened;
    });
    this.#arm(session.expiresAtMs);
    return session.id;
  }

  /** Whether the session was still there; the server counts its ttl anew from now. */
  renewSession(id: string): boolean {
    return this.step(() => {
      const session = this.#live(id);
      if (session) this.#tables.putSession({ ...session, expiresAtMs: this.#runtime.now() + session.ttlMs });
      return session !== undefined;
    });
  }

  /** Ends a session and removes its entries, in one step. Nothing happens where there is none. */
  endSession(id: string): void {
    this.step(() => {
      if (!this.#tables.session(id)) return;
      const keys = this.#tables.bound(id);
      if (keys.length > 0) this.#tables.advance();
      for (const key of keys) this.#tables.remove(key);
      this.#tables.removeSession(id);
    });
  }

  /** Ends the sessions that nobody has renewed in time, whoever opened them, and waits for the next. */
  expire(): void {
    if (this.#closed) return;
    const isDue = ({ expiresAtMs }: SessionRecord) => this.#runtime.now() >= expiresAtMs;
    const some = this.look(() => this.#tables.sessions().some(isDue));
    if (some) {
      this.step(() => {
        for (const session of this.#tables.sessions().filter(isDue)) this.endSession(session.id);
      });
      this.#tables.abandoned();
    }
    const dueMs = this.look(() => this.#tables.sessions().map(({ expiresAtMs }) => expiresAtMs));
    this.#disarm();
    if (dueMs.length > 0) this.#arm(dueMs.reduce((first, atMs) => Math.min(first, atMs)));
  }

  assertSession(id: string): void {
    if (!this.#live(id)) {
      throw new SessionLostError("expired", "The session is gone: it was closed, or not renewed for its ttl.");
    }
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  /** One that was not renewed in time is gone, also where nobody has removed it yet. */
  #live(id: string): SessionRecord | undefined {
    const session = this.#tables.session(id);
    return session && this.#runtime.now() < session.expiresAtMs ? session : undefined;
  }

  #arm(atMs: number): void {
    if (this.#closed || (this.#due && this.#due.atMs <= atMs)) return;
    this.#disarm();
    const timer = this.#runtime.timer(atMs - this.#runtime.now(), () => this.expire(), { keepAlive: false });
    this.#due = { atMs, timer };
  }

  #disarm(): void {
    this.#due?.timer.cancel();
    this.#due = undefined;
  }

  #assertGuard(guard: Guard): void {
    if ("exists" in guard) this.#assertThere(guard.exists);
    else if ("absent" in guard) this.#assertAbsent(guard.absent);
    else this.#assertUnchanged(guard.unchanged);
  }

  #assertWritable(write: WireWrite): void {
    if ("create" in write) {
      this.#assertAbsent(write.create);
      if (write.session !== undefined) this.assertSession(write.session);
    } else if ("update" in write) this.#assertUnchanged(write.update);
    else if ("remove" in write && typeof write.remove !== "string") this.#assertUnchanged(write.remove);
  }

  #assertThere(key: Key): void {
    if (!this.#tables.entry(key)) throw new ConflictError(key, "to exist", "it does not");
  }

  #assertAbsent(key: Key): void {
    const found = this.#tables.entry(key);
    if (found) throw new ConflictError(key, "not to exist", `it does, in version ${found.version}`);
  }

  #assertUnchanged({ key, version }: Entry): void {
    const found = this.#tables.entry(key);
    if (found?.version === version) return;
    throw new ConflictError(key, `in version ${version}`, found ? `version ${found.version} is there` : "it is gone");
  }

  #apply(write: WireWrite, revision: bigint): Entry | undefined {
    if ("create" in write) return this.#create(write.create, write.value, write.session, revision);
    if ("put" in write) return this.#replace(write.put, write.value, revision);
    if ("update" in write) return this.#replace(write.update.key, write.value, revision);
    this.#tables.remove(writtenKey(write));
    return undefined;
  }

  #create(key: Key, value: Bytes, session: string | undefined, revision: bigint): Entry {
    return this.#put({
      key,
      value: new Uint8Array(value),
      version: String(revision),
      order: revision,
      session,
    });
  }

  #replace(key: Key, value: Bytes, revision: bigint): Entry {
    const found = this.#tables.entry(key);
    if (!found) return this.#create(key, value, undefined, revision);
    return this.#put({ ...found, value: new Uint8Array(value), version: String(revision) });
  }

  #put(entry: Entry): Entry {
    this.#tables.put(entry);
    return entry;
  }
}

/** What leaves the server must not be a way to change it. */
const copy = (entry: Entry): Entry => ({ ...entry, value: new Uint8Array(entry.value) });
