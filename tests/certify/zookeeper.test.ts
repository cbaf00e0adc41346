import { recipeCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { tickMs, ZooKeeperRig } from "../zookeeper/rig.ts";

const binaries = binariesOf(inject("servers").zookeeper);

describe.skipIf(binaries === undefined)("ZooKeeper, one server", () => {
  let cluster: Cluster;
  let rig: ZooKeeperRig;
  /** As on a server that has only watches that tell once. */
  let oneByOne: ZooKeeperRig;

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, tickMs });
    rig = new ZooKeeperRig(cluster);
    oneByOne = new ZooKeeperRig(cluster, { recursiveWatches: false });
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    await oneByOne?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  register([...storeCases, ...recipeCases], {
    test: test.concurrent,
    rig: () => rig,
    timeoutMs: 60_000,
  });

  describe("each node watched by itself", () => {
    const watching = storeCases.filter(({ title }) => /watch|follow/.test(title));
    register(watching, { test: test.concurrent, rig: () => oneByOne, timeoutMs: 60_000 });
  });
});
