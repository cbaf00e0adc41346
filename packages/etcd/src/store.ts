import type { BackendContext, Key, SessionOptions, Store, StoreSession, Traits } from "@coord/core/spi";
import { Batcher } from "./batch.ts";
import { commit } from "./commit.ts";
import type { Connection } from "./connection.ts";
import { Contention } from "./contend.ts";
import { directories } from "./directories.ts";
import { get, list } from "./entries.ts";
import { follow } from "./follow.ts";
import { assertRights, lookAtVersion } from "./greeting.ts";
import { openSession } from "./session.ts";
import { Transactions } from "./transactions.ts";
import { Views } from "./views.ts";
import { watch } from "./watch.ts";
import { WatchStream } from "./watch-stream.ts";

const traits: Traits = {
  name: "etcd",
  minTtlMs: 1_000,
  maxTtlMs: 24 * 60 * 60_000,
  maxValueBytes: 1024 * 1024,
  maxWrites: 120,
};

/** One client of an etcd cluster. */
export function etcdStore(connection: Connection, { runtime, logger, namespace }: BackendContext): Store {
  const transactions = new Transactions(connection, namespace);
  const batcher = new Batcher(transactions);
  const views = new Views({ stream: new WatchStream(connection, runtime), connection, runtime }, batcher);
  const contention = new Contention(batcher, views);
  const commits = {
    batcher,
    isOwn: (key: Key) => contention.isOwn(key),
    removed: (key: Key) => contention.removed(key),
  };
  const sessions = { connection, transactions, runtime, ended: (session: string) => contention.ended(session) };
  let greeted = false;
  const open = async (options: SessionOptions): Promise<StoreSession> => {
    if (greeted) return openSession(sessions, options);
    const rights = assertRights(transactions, namespace);
    rights.catch(() => {}); // told below, unless opening fails first
    const session = await openSession(sessions, options);
    try {
      await rights;
    } catch (error) {
      session.close().catch(() => {}); // nothing hangs on it, and it expires by itself
      throw error;
    }
    void lookAtVersion(connection, logger).catch(() => {}); // nothing hangs on it
    greeted = true;
    return session;
  };
  return {
    traits,
    openSession: open,
    get: (key, options) => get(batcher, key, options),
    list: (under, options) => list(batcher, under, options),
    directories: (under, options) => directories(batcher, under, options),
    commit: (asked, { signal } = {}) => commit(commits, asked, signal),
    contend: (line, ticket, { signal } = {}) => contention.contend(line, ticket, signal),
    follow: (place, blockers, { signal } = {}) => follow(connection, views, place, blockers, signal),
    watch: (scope, { signal } = {}) => watch(connection, views, scope, signal),
    close: async () => connection.close(),
  };
}
