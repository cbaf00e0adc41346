import { connect } from "@coord/core";
import { etcd } from "@coord/etcd";
import { onTestFinished } from "vitest";
import { trafficOf } from "../../benchmarks/src/etcd/traffic.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { start, withoutEtcd } from "../testbed/etcd-under-test.ts";
import { certifyCosts } from "./certify.ts";

/** The mirror of a line is shared by all of one client that stand there, and hears of each change once. */
certifyCosts("etcd", {
  skipped: withoutEtcd,
  in: 1,
  out: 1,
  toldOfOne: 4,
  async start() {
    const cluster = await start();
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const { endpoint } = cluster.node;
    return {
      async connect() {
        const coord = await connect(etcd({ endpoints: [hostPort(endpoint)] }), { session: { ttlMs: 60_000 } });
        onTestFinished(() => coord.close());
        return coord;
      },
      async traffic() {
        const { received, keepAlives, watchMessages } = await trafficOf(endpoint);
        return { requests: received - (keepAlives ?? 0), told: watchMessages };
      },
    };
  },
});
