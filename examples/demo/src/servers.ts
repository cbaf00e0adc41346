import { startEtcd } from "../../../tests/testbed/etcd.ts";
import type { Servers } from "../../../tests/testbed/provision/found.ts";
import { missingNotice, missingServers } from "../../../tests/testbed/provision/notice.ts";
import { provision } from "../../../tests/testbed/provision/provision.ts";
import { startZooKeeper } from "../../../tests/testbed/zookeeper.ts";
import { type DemoStore, MissingServer } from "./stores.ts";

/** The longest session that ZooKeeper gives has 20 of these. */
const tickMs = 500;

/** A server to perform on: the one that is said to run, or one of its own, from what is on this machine or is fetched into `cache`. */
export async function startServer(name: "etcd" | "zookeeper", cache: string): Promise<DemoStore> {
  const found = await provision({ cache, announce: (line) => console.error(line) });
  const server = await serverFrom(name, found);
  return {
    title: name,
    urlOf: (namespace) => `${server.url}/demo-${process.pid}-${namespace}`,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose]?.(),
  };
}

interface Server extends Partial<AsyncDisposable> {
  readonly url: string;
}

function serverFrom(name: "etcd" | "zookeeper", found: Servers): Promise<Server> | Server {
  const { etcd, zookeeper } = found;
  const asked = found[name];
  if (asked.kind === "url") return { url: asked.url.replace(/\/$/, "") };
  if (name === "etcd" && etcd.kind === "binaries") return startEtcd({ binaries: etcd.binaries });
  if (name === "zookeeper" && zookeeper.kind === "binaries")
    return startZooKeeper({ binaries: zookeeper.binaries, tickMs });
  const absent = missingServers(found).filter((missing) => missing.name.toLowerCase() === name);
  throw new MissingServer(missingNotice(absent));
}
