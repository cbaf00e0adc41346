import { recipeCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { EtcdRig } from "../etcd/rig.ts";
import type { Cluster } from "../testbed/cluster.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";

const binaries = binariesOf(inject("servers").etcd);

/** Against real servers; each case has clients and proxies of its own, so several run at once. */
describe.skipIf(binaries === undefined).each([1, 3] as const)("the etcd store, members: %i", (nodes) => {
  let cluster: Cluster;
  let rig: EtcdRig;

  beforeAll(async () => {
    if (!binaries) throw new Error("to be skipped without etcd");
    cluster = await startEtcd({ binaries, nodes });
    rig = new EtcdRig(cluster);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  register([...storeCases, ...recipeCases], {
    test: test.concurrent,
    rig: () => rig,
  });
});
