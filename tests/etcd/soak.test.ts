import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { http } from "../testbed/http.ts";
import { soak, soakLimitMs } from "../testbed/soak.ts";
import { binaries, EtcdWorld } from "./world.ts";

describe.skipIf(binaries === undefined)(
  "thousands of locks and watches on etcd, through connections that break",
  () => {
    test(
      "leave nothing behind, in the process or at the server, and the process ends by itself",
      async () => {
        const world = await EtcdWorld.start();
        const { endpoint } = world.cluster.node;
        expect(await soak("etcd", endpoint)).toBeGreaterThan(400);
        await eventually("the server to have no lease: given back, or at the latest run out", async () => {
          const { leases = [] } = await world.ask<{ leases?: unknown[] }>("/v3/lease/leases");
          return leases.length === 0;
        });
        await eventually("the server to have no watcher", async () => {
          const metrics = await http(endpoint, "/metrics");
          return /^etcd_debugging_mvcc_watcher_total 0$/m.test(metrics);
        });
      },
      soakLimitMs,
    );
  },
);
