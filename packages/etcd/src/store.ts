import type { BackendContext, SessionOptions, Store, StoreSession, Traits } from "@coord/core/spi";
import { Batcher } from "./batch.ts";
import { commit } from "./commit.ts";
import type { Connection } from "./connection.ts";
import { Contention } from "./contend.ts";
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

/** One client of an etcd cluster. `identified`: it says who it is, so its rights may be limited. */
export function etcdStore(
  connection: Connection,
  { runtime, logger, namespace }: BackendContext,
  { identified }: { readonly identified: boolean },
): Store {
  const transactions = new Transactions(connection);
  const batcher = new Batcher(transactions);
  const contention = new Contention(batcher);
  const views = new Views({ stream: new WatchStream(connection, runtime), connection, runtime }, batcher);
  let greeted = false;
  const open = async (options: SessionOptions): Promise<StoreSession> => {
    if (identified && !greeted) await assertRights(transactions, namespace);
    const session = await openSession({ connection, transactions, runtime }, options);
    if (!greeted) void lookAtVersion(connection, logger).catch(() => {}); // nothing hangs on it
    greeted = true;
    return session;
  };
  return {
    traits,
    openSession: open,
    get: (key, options) => get(batcher, key, options),
    list: (under, options) => list(batcher, under, options),
    commit: (writes, { signal } = {}) => commit(batcher, writes, signal),
    contend: (line, ticket, { signal } = {}) => contention.contend(line, ticket, signal),
    follow: (place, blockers, { signal } = {}) => follow(connection, views, place, blockers, signal),
    watch: (scope, { signal } = {}) => watch(connection, views, scope, signal),
    close: async () => connection.close(),
  };
}
