import type { Commit, Runtime, SessionOptions, Store, StoreSession, Traits, Write } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import type { Link } from "./link.ts";
import type { WireCommit, WireWrite } from "./protocol.ts";
import { MemorySession } from "./session.ts";
import { followPlace, watch } from "./watch.ts";

/** What a store of this kind grants and takes, wherever it is kept. */
export const traitsOf = (name: string): Traits => ({
  name,
  minTtlMs: 200,
  maxTtlMs: 24 * 60 * 60_000,
  maxValueBytes: 1024 * 1024,
  maxWrites: 128,
});

/** One client of a server, over a link. */
export function linkedStore(link: Link, runtime: Runtime, traits: Traits): Store {
  const connection = new Connection(link, runtime, traits.name);
  return {
    traits,
    openSession: (options) => openSession(connection, runtime, traits, options),
    get: (key, { signal } = {}) => connection.call("get", { key }, { key, signal }),
    list: (under, { signal } = {}) => connection.call("list", { under }, { key: under, signal }),
    directories: (under, { signal } = {}) => connection.call("directories", { under }, { key: under, signal }),
    commit: (commit, { signal } = {}) => connection.call("commit", wire(commit), { signal }),
    contend: (line, { kind, id, value, session }, { signal } = {}) =>
      connection.call("contend", { line, ticket: { kind, id, value, session: session.id } }, { key: line, signal }),
    follow: (place, blockers, { signal } = {}) => followPlace(connection, runtime, place, blockers, signal),
    watch: (scope, { signal } = {}) => watch(connection, runtime, scope, signal),
    close: async () => connection.close(),
  };
}

async function openSession(
  connection: Connection,
  runtime: Runtime,
  traits: Traits,
  { ttlMs: asked, events, signal }: SessionOptions,
): Promise<StoreSession> {
  const ttlMs = Math.min(Math.max(asked, traits.minTtlMs), traits.maxTtlMs);
  const sentAtMs = runtime.now();
  const id = await connection.call("openSession", { ttlMs }, { signal }); // one that was opened unheard holds nothing and expires
  return new MemorySession(connection, runtime, { id, ttlMs, sentAtMs }, events);
}

const wire = ({ guards = [], writes }: Commit): WireCommit => ({ guards, writes: writes.map(wireWrite) });

const wireWrite = (write: Write): WireWrite =>
  "create" in write ? { create: write.create, value: write.value, session: write.session?.id } : write;
