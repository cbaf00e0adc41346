import type { Store, StoreOptions, Traits } from "@coord/core/spi";
import { directoriesBelow } from "./below.ts";
import { Carriers } from "./carriers.ts";
import { Commits } from "./commits.ts";
import type { Send } from "./connection.ts";
import { contend } from "./contend.ts";
import { Directories } from "./directories.ts";
import type { Errand } from "./errors.ts";
import type { Features } from "./features.ts";
import { pathOf, rootPath } from "./nodes.ts";
import { find, list } from "./reading.ts";
import { Sights } from "./sights.ts";
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
  const commits = new Commits({ carriers, acl, directories, runtime });
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
    commit: (what, options) => commits.commit(what, options),
    contend: async (line, { id, kind, value, session }, options) => {
      const directory = pathOf(line); // one that is no good is told of at once, whatever the connection does
      const own = carriers.own(session, { verb: "contend", key: line });
      const { connection, tickets } = own;
      const ticket = { id, kind, value: Buffer.from(value) }; // the caller may change his own while it waits to be sent
      const errand = { verb: "contend", key: line, changes: true, bound: true, signal: options?.signal };
      const { writing } = connection;
      return connection.call(errand, (send, period) =>
        contend({ send, period, writing, acl, directories, session: own.id, tickets }, directory, ticket),
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
