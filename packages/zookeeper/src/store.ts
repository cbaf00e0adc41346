import {
  type Commit,
  type Committed,
  type Key,
  type Runtime,
  type Store,
  type StoreOptions,
  type StoreSession,
  type Traits,
  UsageError,
} from "@coord/core/spi";
import { directoriesBelow } from "./below.ts";
import { Carriers, closedError } from "./carriers.ts";
import { commit } from "./commit.ts";
import type { Connection, Send } from "./connection.ts";
import { contend } from "./contend.ts";
import { Directories } from "./directories.ts";
import { type Errand, sessionLost } from "./errors.ts";
import type { Features } from "./features.ts";
import { leave, leaverOf } from "./leave.ts";
import { pathOf, rootPath } from "./nodes.ts";
import { find, list } from "./reading.ts";
import { keyWritten } from "./seen.ts";
import type { ZooKeeperSession } from "./session.ts";
import { Sights } from "./sights.ts";
import { Turns } from "./turns.ts";
import type { WireOptions } from "./wire/options.ts";
import type { Acl } from "./wire/records.ts";

const traits: Traits = {
  name: "zookeeper",
  minTtlMs: 100,
  maxTtlMs: 24 * 60 * 60_000,
  maxValueBytes: 1_000_000,
  maxWrites: 128,
};

export interface StoreParts {
  readonly wire: Omit<WireOptions, "sessionTimeoutMs">;
  readonly acl: readonly Acl[];
  readonly features: Features;
}

/** One client of an ensemble. */
export function zookeeperStore({ wire, acl, features }: StoreParts): Store {
  const { runtime } = wire;
  const carriers = new Carriers(wire);
  const directories = new Directories(acl);
  const sights = new Sights({ runtime, carriers, features });
  const parts = { carriers, acl, directories, runtime, turns: new Turns() };
  return {
    traits,
    openSession: (options) => carriers.open(options),
    get: async (key, options) => {
      const path = pathOf(key);
      const { entry } = await reading(carriers, { verb: "get", key }, options, async (send) => {
        const [, found] = await Promise.all([send.caughtUp(), find(send, path)]);
        return found;
      });
      return entry;
    },
    list: async (under, options) => {
      const directory = under === "" ? rootPath : pathOf(under);
      return reading(carriers, { verb: "list", key: under }, options, (send) => list(send, directory));
    },
    directories: async (under, options) => {
      const directory = under === "" ? rootPath : pathOf(under);
      return reading(carriers, { verb: "directories", key: under }, options, (send) =>
        directoriesBelow(send, directory),
      );
    },
    commit: async (what, options) => committing(parts, what, options),
    contend: async (line, { id, kind, value, session }, options) => {
      const own = sessionOf(carriers, session, { verb: "contend", key: line });
      const { connection, tickets } = own;
      const ticket = { id, kind, value: Buffer.from(value) }; // the caller may change his own while it waits to be sent
      const errand = { verb: "contend", key: line, changes: true, bound: true, signal: options?.signal };
      return connection.call(errand, (send) =>
        contend(
          { send, writing: connection.writing, acl, directories, session: own.id, tickets },
          pathOf(line),
          ticket,
        ),
      );
    },
    follow: (place, blockers, { signal } = {}) => sights.follow(place, blockers, signal),
    watch: (scope, { signal } = {}) => sights.watch(scope, signal),
    close: async () => carriers.close(),
  };
}

function reading<T>(
  carriers: Carriers,
  errand: Errand,
  { signal }: StoreOptions = {},
  read: (send: Send) => Promise<T>,
): Promise<T> {
  return carriers.current().call({ ...errand, signal }, read);
}

interface Committing {
  readonly carriers: Carriers;
  readonly acl: readonly Acl[];
  readonly directories: Directories;
  readonly runtime: Runtime;
  readonly turns: Turns;
}

async function committing(parts: Committing, what: Commit, options?: StoreOptions): Promise<Committed> {
  const { carriers } = parts;
  const leaver = leaverOf(what);
  const left = leaver !== undefined && (await leaving(carriers, leaver, options));
  if (left) return left;
  const [first] = what.writes;
  const errand = { verb: "commit", key: first && keyWritten(first), changes: true };
  const session = sessionOfCommit(carriers, what, errand);
  const connection: Connection = session?.connection ?? carriers.current();
  const signal = options?.signal;
  const copied: Commit = { ...what, writes: what.writes.map(copy) };
  const answer = await connection.call({ ...errand, signal, bound: session !== undefined }, (send) =>
    commit({ ...parts, send, writing: connection.writing, signal, session: session?.id }, copied),
  );
  carriers.removed(what.writes.flatMap((write) => ("remove" in write ? keyWritten(write) : [])));
  return answer;
}

async function leaving(carriers: Carriers, key: Key, options?: StoreOptions): Promise<Committed | undefined> {
  const connection = carriers.current();
  const errand = { verb: "commit", key, changes: true, signal: options?.signal };
  const left = await connection.call(errand, () => leave(connection.writing, key));
  if (left) carriers.removed([key]);
  return left;
}

/** The caller may change his own while the request waits to be sent. */
const copy = (write: Commit["writes"][number]): Commit["writes"][number] =>
  "value" in write ? { ...write, value: Buffer.from(write.value) } : write;

function sessionOfCommit(carriers: Carriers, { writes }: Commit, errand: Errand): ZooKeeperSession | undefined {
  const named = writes.flatMap((write) => ("create" in write && write.session ? write.session : []));
  const [first, ...others] = named;
  if (!first) return undefined;
  if (others.some(({ id }) => id !== first.id)) {
    throw new UsageError("On ZooKeeper all that one commit binds is bound to the same session: split it.", {
      operation: errand.verb,
    });
  }
  return sessionOf(carriers, first, errand);
}

function sessionOf(carriers: Carriers, { id }: StoreSession, errand: Errand): ZooKeeperSession {
  if (carriers.closed.happened) throw closedError();
  const session = carriers.session(id);
  if (!session) throw sessionLost(errand);
  return session;
}
