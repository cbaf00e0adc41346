import { inject, onTestFinished } from "vitest";
import { type Endpoint, hostPort } from "../testbed/endpoint.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const etcd = binariesOf(inject("servers").etcd);
const zookeeper = binariesOf(inject("servers").zookeeper);

export const bothThere = etcd !== undefined && zookeeper !== undefined;

/** A real ZooKeeper and a real etcd for one test, by the beginnings of their URLs. */
export async function startBoth(): Promise<{ readonly zk: string; readonly etcd: string }> {
  if (!etcd || !zookeeper) throw new Error("to be skipped without both servers");
  const [keeper, cluster] = await Promise.all([startZooKeeper({ binaries: zookeeper }), startEtcd({ binaries: etcd })]);
  onTestFinished(() => keeper[Symbol.asyncDispose]());
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return { zk: `zk://${addressOf(keeper)}`, etcd: `etcd://${addressOf(cluster)}` };
}

function addressOf({ endpoints: [endpoint] }: { readonly endpoints: readonly Endpoint[] }): string {
  if (!endpoint) throw new Error("a cluster has a server");
  return hostPort(endpoint);
}
