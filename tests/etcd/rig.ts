import type { Rig } from "@coord/conformance";
import { systemRuntime } from "@coord/core/spi";
import { etcd } from "@coord/etcd";
import type { Cluster } from "../testbed/cluster.ts";
import { http } from "../testbed/http.ts";
import { networkOf } from "../testbed/proxy/network.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";

/** Clients of a real cluster, each behind proxies of its own in front of every member. */
export class EtcdRig implements Rig, AsyncDisposable {
  readonly runtime = systemRuntime;
  readonly ttlMs = 3_000;
  readonly lateMs = 2_000;
  readonly promptMs = 500;
  readonly #cluster: Cluster;
  readonly #proxies: FaultProxy[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async client() {
    const proxies = await Promise.all(this.#cluster.endpoints.map((endpoint) => startProxy(endpoint)));
    this.#proxies.push(...proxies);
    const backend = etcd({ endpoints: proxies.map(({ address }) => address) });
    return { backend, network: networkOf(proxies), proxies };
  }

  async expire(sessionId: string): Promise<void> {
    await http(this.#cluster.node.endpoint, "/v3/lease/revoke", { ID: BigInt(`0x${sessionId}`).toString() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}
