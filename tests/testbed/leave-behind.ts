// Run as a process of its own by orphans.test.ts: starts servers, stops one, tells of them in a line, and ends in one of
// several ways without tidying up.
import { dirname } from "node:path";
import { startEtcd } from "./etcd.ts";
import type { Servers } from "./provision/found.ts";
import { binariesOf } from "./provision/found.ts";
import { startZooKeeper } from "./zookeeper.ts";

export interface LeftBehind {
  readonly pids: readonly number[];
  readonly folder: string;
}

/** `wait` is for being killed; a process that does nothing more must end by itself, servers or not. */
export type Ending = "wait" | "exit" | "throw" | "finish";

const [kind, ending, servers] = process.argv.slice(2);
const cluster = await start(JSON.parse(servers ?? "{}"));
await cluster.nodes.at(-1)?.stop();
const left: LeftBehind = {
  pids: cluster.nodes.flatMap((node) => node.pid ?? []),
  folder: dirname(cluster.node.folder),
};
console.log(JSON.stringify(left));
if (ending === "exit") process.exit(0);
if (ending === "throw") throw new Error("as a test process might");
if (ending === "wait") setInterval(() => {}, 60_000);

function start({ etcd, zookeeper }: Servers) {
  const zooKeeperBinaries = binariesOf(zookeeper);
  if (kind === "zookeeper" && zooKeeperBinaries) return startZooKeeper({ binaries: zooKeeperBinaries });
  const etcdBinaries = binariesOf(etcd);
  if (kind === "etcd" && etcdBinaries) return startEtcd({ binaries: etcdBinaries, nodes: 3 });
  throw new Error(`there is no ${kind} to start`);
}
