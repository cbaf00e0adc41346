import { type Coord, connect } from "@coord/core";
import { inject } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { http } from "../testbed/http.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { expireSession } from "../zookeeper/expire.ts";

const { etcd, zookeeper } = inject("servers");

interface Kind {
  readonly name: string;
  readonly missing: boolean;
  readonly start: () => Promise<Cluster>;
  readonly expire: (cluster: Cluster, sessionId: string) => Promise<unknown>;
}

/** The stores that processes can share, each with how a server of it is started. */
export const kinds: readonly Kind[] = [
  {
    name: "etcd",
    missing: binariesOf(etcd) === undefined,
    start: () => startEtcd({ binaries: present(binariesOf(etcd)) }),
    expire: ({ node }, id) => http(node.endpoint, "/v3/lease/revoke", { ID: BigInt(`0x${id}`).toString() }),
  },
  {
    name: "ZooKeeper",
    missing: binariesOf(zookeeper) === undefined,
    start: () => startZooKeeper({ binaries: present(binariesOf(zookeeper)), tickMs: 800 }),
    expire: ({ node }, id) => expireSession(node.endpoint, id),
  },
];

function present<T>(binaries: T | undefined): T {
  if (binaries === undefined) throw new Error("to be skipped without the server");
  return binaries;
}

const urlOf = ({ url }: Cluster) => `${url}/cli`;

/** One server, and what can be done to it. */
export class Stage implements AsyncDisposable {
  readonly #kind: Kind;
  readonly #cluster: Cluster;
  readonly #proxies: FaultProxy[] = [];
  /** A client inside of the test, which sees what the commands do, and stands in line with them. */
  readonly client: Coord;

  private constructor(kind: Kind, cluster: Cluster, client: Coord) {
    this.#kind = kind;
    this.#cluster = cluster;
    this.client = client;
  }

  static async open(kind: Kind): Promise<Stage> {
    const cluster = await kind.start();
    return new Stage(kind, cluster, await connect(urlOf(cluster), { waitMs: 30_000 }));
  }

  get url(): string {
    return urlOf(this.#cluster);
  }

  /** A way to the server that can be broken. */
  async way(): Promise<{ readonly url: string; readonly proxy: FaultProxy }> {
    const proxy = await startProxy(this.#cluster.node.endpoint);
    this.#proxies.push(proxy);
    return { url: this.url.replace(/\/\/[^/]*/, `//${proxy.address}`), proxy };
  }

  /** Ends a session at the server, as an operator might. */
  async expire(sessionId: string): Promise<void> {
    await this.#kind.expire(this.#cluster, sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    await this.#cluster[Symbol.asyncDispose]();
  }
}
