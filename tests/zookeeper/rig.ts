import type { Rig, RigClient } from "@coord/conformance";
import { systemRuntime } from "@coord/core";
import { type ZooKeeperOptions, zookeeper } from "@coord/zookeeper";
import type { Cluster } from "../testbed/cluster.ts";
import { networkOf } from "../testbed/proxy/network.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { expireSession } from "./expire.ts";

export const tickMs = 200;

/** Clients of a real ensemble, each behind proxies of its own to all of the servers. */
export class ZooKeeperRig implements Rig, AsyncDisposable {
  readonly runtime = systemRuntime;
  readonly ttlMs = 2_000;
  readonly lateMs = 3 * tickMs;
  readonly promptMs = 200;
  readonly #cluster: Cluster;
  readonly #options: Partial<ZooKeeperOptions>;
  readonly #proxies: FaultProxy[] = [];

  constructor(cluster: Cluster, options: Partial<ZooKeeperOptions> = {}) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async client(): Promise<RigClient> {
    const proxies = await Promise.all(this.#cluster.endpoints.map(startProxy));
    this.#proxies.push(...proxies);
    const backend = zookeeper({ servers: proxies.map(({ address }) => address), ...this.#options });
    return { backend, network: networkOf(proxies) };
  }

  expire(sessionId: string): Promise<void> {
    const [server] = this.#cluster.endpoints;
    if (!server) throw new Error("a cluster has a server");
    return expireSession(server, sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}
