import {
  type Bytes,
  type Committed,
  ConflictError,
  type Entry,
  type Guard,
  type Key,
  type Listing,
  parentOf,
  type Runtime,
  type Scope,
  SessionLostError,
  type Timer,
} from "@coord/core/spi";
import { type WireCommit, type WireWrite, writtenKey } from "./protocol.ts";
import { Subscriptions } from "./subscriptions.ts";

interface ServerSession {
  readonly id: string;
  readonly ttlMs: number;
  readonly keys: Set<Key>;
  expiresAtMs: number;
  timer: Timer | undefined;
}

/** What the store holds: entries, sessions and one commit counter. Each method is one atomic step. */
export class State {
  readonly #runtime: Runtime;
  readonly #directories = new Map<Key, Map<Key, Entry>>();
  readonly #sessions = new Map<string, ServerSession>();
  readonly #subscriptions = new Subscriptions();
  #revision = 0n;
  #sessionCount = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get revision(): bigint {
    return this.#revision;
  }

  get subscriptions(): Subscriptions {
    return this.#subscriptions;
  }

  get(key: Key): Entry | undefined {
    const entry = this.#find(key);
    return entry && copy(entry);
  }

  list(under: Key): Listing {
    const entries = [...(this.#directories.get(under)?.values() ?? [])].map(copy).sort(byKey);
    return { entries, revision: this.#revision };
  }

  see(scope: Scope): Listing {
    if ("under" in scope) return this.list(scope.under);
    const entry = this.get(scope.key);
    return { entries: entry ? [entry] : [], revision: this.#revision };
  }

  commit({ guards = [], writes }: WireCommit): Committed {
    for (const guard of guards) this.#assertGuard(guard);
    for (const write of writes) this.#assertWritable(write);
    if (writes.length > 0) this.#revision += 1n;
    const entries = writes.map((write) => this.#apply(write));
    this.#subscriptions.notify(writes.map(writtenKey));
    return { revision: this.#revision, entries: entries.map((entry) => entry && copy(entry)) };
  }

  openSession(ttlMs: number): string {
    this.#sessionCount += 1;
    const session: ServerSession = {
      id: `session-${this.#sessionCount}`,
      ttlMs,
      keys: new Set(),
      expiresAtMs: this.#runtime.now() + ttlMs,
      timer: undefined,
    };
    this.#sessions.set(session.id, session);
    this.#arm(session);
    return session.id;
  }

  /** Whether the session was still there; the server counts its ttl anew from now. */
  renewSession(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session) session.expiresAtMs = this.#runtime.now() + session.ttlMs;
    return session !== undefined;
  }

  /** Ends a session and removes its entries, in one step. Nothing happens where there is none. */
  endSession(id: string): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    session.timer?.cancel();
    this.#sessions.delete(id);
    const keys = [...session.keys];
    if (keys.length > 0) this.#revision += 1n;
    for (const key of keys) this.#delete(key);
    this.#subscriptions.notify(keys);
  }

  assertSession(id: string): void {
    if (!this.#sessions.has(id)) {
      throw new SessionLostError("expired", "The session is gone: it was closed, or not renewed for its ttl.");
    }
  }

  #arm(session: ServerSession): void {
    session.timer = this.#runtime.timer(session.expiresAtMs - this.#runtime.now(), () => this.#expireIfDue(session), {
      keepAlive: false,
    });
  }

  #expireIfDue(session: ServerSession): void {
    if (this.#runtime.now() >= session.expiresAtMs) this.endSession(session.id);
    else this.#arm(session);
  }

  #find(key: Key): Entry | undefined {
    return this.#directories.get(parentOf(key))?.get(key);
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
    if (!this.#find(key)) throw new ConflictError(key, "to exist", "it does not");
  }

  #assertAbsent(key: Key): void {
    const found = this.#find(key);
    if (found) throw new ConflictError(key, "not to exist", `it does, in version ${found.version}`);
  }

  #assertUnchanged({ key, version }: Entry): void {
    const found = this.#find(key);
    if (found?.version === version) return;
    throw new ConflictError(key, `in version ${version}`, found ? `version ${found.version} is there` : "it is gone");
  }

  #apply(write: WireWrite): Entry | undefined {
    if ("create" in write) return this.#create(write.create, write.value, write.session);
    if ("put" in write) return this.#replace(write.put, write.value);
    if ("update" in write) return this.#replace(write.update.key, write.value);
    return this.#delete(writtenKey(write));
  }

  #create(key: Key, value: Bytes, session: string | undefined): Entry {
    if (session !== undefined) this.#sessions.get(session)?.keys.add(key);
    return this.#store({
      key,
      value: new Uint8Array(value),
      version: String(this.#revision),
      order: this.#revision,
      session,
    });
  }

  #replace(key: Key, value: Bytes): Entry {
    const found = this.#find(key);
    if (!found) return this.#create(key, value, undefined);
    return this.#store({ ...found, value: new Uint8Array(value), version: String(this.#revision) });
  }

  #store(entry: Entry): Entry {
    const parent = parentOf(entry.key);
    const directory = this.#directories.get(parent) ?? new Map<Key, Entry>();
    this.#directories.set(parent, directory.set(entry.key, entry));
    return entry;
  }

  #delete(key: Key): undefined {
    const parent = parentOf(key);
    const directory = this.#directories.get(parent);
    const session = directory?.get(key)?.session;
    if (session !== undefined) this.#sessions.get(session)?.keys.delete(key);
    if (directory?.delete(key) && directory.size === 0) this.#directories.delete(parent);
  }
}

/** What leaves the server must not be a way to change it. */
const copy = (entry: Entry): Entry => ({ ...entry, value: new Uint8Array(entry.value) });

const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
