import { connect } from "@coord/core";
import { zookeeper } from "@coord/zookeeper";
import { inject, onTestFinished } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { certifyCosts } from "./certify.ts";

const binaries = binariesOf(inject("servers").zookeeper);

/** The new node and the look at those before it are two packets that travel together. */
certifyCosts("ZooKeeper", {
  skipped: binaries === undefined,
  in: 2,
  out: 1,
  toldOfOne: 1,
  async start() {
    if (!binaries) throw new Error("to be skipped without ZooKeeper");
    const cluster = await startZooKeeper({ binaries, tickMs: 3_000 });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const { endpoint } = cluster.node;
    let questions = 0;
    return {
      async connect() {
        const coord = await connect(zookeeper({ servers: [hostPort(endpoint)] }), { session: { ttlMs: 60_000 } });
        onTestFinished(() => coord.close());
        return coord;
      },
      async traffic() {
        questions += 1; // which the server counts too, and its short answers
        const counters = await fourLetterWord(endpoint, "srvr");
        const counter = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(counters)?.[1]) - questions;
        const requests = counter("Received");
        return { requests, told: counter("Sent") - requests };
      },
    };
  },
});
