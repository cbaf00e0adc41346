import { inject } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const etcd = binariesOf(inject("servers").etcd);
const zookeeper = binariesOf(inject("servers").zookeeper);

/** How each server is started; `undefined` where it is not there. */
export const starts: Readonly<Record<"etcd" | "zookeeper", (() => Promise<Cluster>) | undefined>> = {
  etcd: etcd && (() => startEtcd({ binaries: etcd })),
  zookeeper: zookeeper && (() => startZooKeeper({ binaries: zookeeper, tickMs: 500 })),
};

export const stores = ["etcd", "zookeeper"] as const;

/** How long the store is away. The long variant: COORD_LONG=1. */
export const outageMs = process.env.COORD_LONG ? 20_000 : 12_000;
