import { recipeCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { tickMs, ZooKeeperRig } from "../zookeeper/rig.ts";

const binaries = binariesOf(inject("servers").zookeeper);

describe.skipIf(binaries === undefined)("ZooKeeper, three servers", () => {
  let cluster: Cluster;
  let rig: ZooKeeperRig;

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, nodes: 3, tickMs });
    rig = new ZooKeeperRig(cluster);
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  register([...storeCases, ...recipeCases], {
    test: test.concurrent,
    rig: () => rig,
    timeoutMs: 60_000,
  });
});
