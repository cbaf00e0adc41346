import type { Runtime, SessionOptions, Store, StoreSession, Traits } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import { contend } from "./contend.ts";
import type { Link } from "./link.ts";
import type { MemoryServer } from "./server.ts";
import { MemorySession } from "./session.ts";
import { followPlace, watch } from "./watch.ts";

const traits: Traits = {
  name: "memory",
  minTtlMs: 200,
  maxTtlMs: 24 * 60 * 60_000,
  maxValueBytes: 1024 * 1024,
  maxWrites: 128,
};

/** One client of a memory server. */
export function memoryStore(server: MemoryServer, link: Link, runtime: Runtime): Store {
  const connection = new Connection(server, link, runtime);
  return {
    traits,
    openSession: (options) => openSession(connection, runtime, options),
    get: (key, { signal } = {}) =>
      connection.call((at) => at.get(key), { operation: "get", key, idempotent: true, signal }),
    list: (under, { signal } = {}) =>
      connection.call((at) => at.list(under), { operation: "list", key: under, idempotent: true, signal }),
    commit: (commit, { signal } = {}) => connection.call((at) => at.commit(commit), { operation: "commit", signal }),
    contend: (line, ticket, { signal } = {}) =>
      connection.call((at) => contend(at, line, ticket), { operation: "contend", key: line, signal }),
    follow: (place, blockers, { signal } = {}) => followPlace(connection, runtime, place, blockers, signal),
    watch: (scope, { signal } = {}) => watch(connection, runtime, scope, signal),
    close: async () => connection.close(),
  };
}

async function openSession(connection: Connection, runtime: Runtime, options: SessionOptions): Promise<StoreSession> {
  const ttlMs = Math.min(Math.max(options.ttlMs, traits.minTtlMs), traits.maxTtlMs);
  const sentAtMs = runtime.now();
  const id = await connection.call((at) => at.openSession(ttlMs), {
    operation: "session.open",
    idempotent: true, // one that was opened unheard holds nothing and expires
    signal: options.signal,
  });
  return new MemorySession(connection, runtime, { id, ttlMs, sentAtMs }, options.events);
}
