import { type Coord, connect } from "@coord/core";
import { LocalServer } from "@coord/local";
import { afterAll, beforeAll, inject } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { http } from "../testbed/http.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { expireSession } from "../zookeeper/expire.ts";

const { etcd, zookeeper } = inject("servers");

/** A store that processes can share, and what can be done to it. */
interface Place extends AsyncDisposable {
  readonly url: string;
  /** The server, where there is one and a way to it. */
  readonly cluster?: Cluster;
  /** Ends a session at the store, as an operator might. */
  expire(sessionId: string): Promise<unknown>;
}

export interface Kind {
  readonly name: string;
  readonly missing: boolean;
  readonly open: () => Promise<Place>;
}

/** Those with a server, and so with a way to it that can be cut. */
export const servers: readonly Kind[] = [
  {
    name: "etcd",
    missing: binariesOf(etcd) === undefined,
    open: async () => {
      const cluster = await startEtcd({ binaries: present(binariesOf(etcd)) });
      const { endpoint } = cluster.node;
      const expire = (id: string) => http(endpoint, "/v3/lease/revoke", { ID: BigInt(`0x${id}`).toString() });
      return at(cluster, expire);
    },
  },
  {
    name: "ZooKeeper",
    missing: binariesOf(zookeeper) === undefined,
    open: async () => {
      const cluster = await startZooKeeper({ binaries: present(binariesOf(zookeeper)), tickMs: 800 });
      return at(cluster, (id) => expireSession(cluster.node.endpoint, id));
    },
  },
];

/** The one that needs no server. */
export const file: Kind = {
  name: "a file",
  missing: false,
  open: async () => {
    const folder = await TemporaryFolder.create("coord-cli");
    const operator = new LocalServer({ path: folder.path });
    return {
      url: `file:${folder.path}?namespace=cli`,
      expire: async (id) => operator.endSession(id),
      [Symbol.asyncDispose]: async () => {
        await operator.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  },
};

/** All stores that processes can share. */
export const kinds: readonly Kind[] = [...servers, file];

const at = (cluster: Cluster, expire: Place["expire"]): Place => ({
  url: `${cluster.url}/cli`,
  cluster,
  expire,
  [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
});

function present<T>(what: T | undefined): T {
  if (what === undefined) throw new Error("to be skipped without the server, and not there before the tests begin");
  return what;
}

/** One store, and a client inside of the test, which sees what the commands do, and stands in line with them. */
export class Stage {
  readonly #proxies: FaultProxy[] = [];
  #place: Place | undefined;
  #client: Coord | undefined;

  /** For the tests of the `describe` in which this is called. */
  static on(kind: Kind): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      stage.#place = await kind.open();
      stage.#client = await connect(stage.url, { waitMs: 30_000 });
    });
    afterAll(() => stage.#close());
    return stage;
  }

  get client(): Coord {
    return present(this.#client);
  }

  get url(): string {
    return present(this.#place).url;
  }

  expire(sessionId: string): Promise<unknown> {
    return present(this.#place).expire(sessionId);
  }

  /** A way to the server that can be broken. */
  async way(): Promise<{ readonly url: string; readonly proxy: FaultProxy }> {
    const { cluster, url } = present(this.#place);
    if (!cluster) throw new Error("there is no way to a file that could be cut");
    const proxy = await startProxy(cluster.node.endpoint);
    this.#proxies.push(proxy);
    return { url: url.replace(/\/\/[^/]*/, `//${proxy.address}`), proxy };
  }

  async #close(): Promise<void> {
    await this.#client?.close();
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    await this.#place?.[Symbol.asyncDispose]();
  }
}
