import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { type Endpoint, hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);

/** How long a follower goes on serving its clients when it hears nothing of its leader: longer than a session. */
const tickMs = 200;
const syncLimit = 20;
const ttlMs = 2_000;
const runs = 20;

describe.skipIf(binaries === undefined)("a follower that is cut off from its leader", () => {
  let cluster: Cluster;
  const ways = new Map<string, FaultProxy>();

  beforeAll(async () => {
    if (!binaries) return;
    const way = async (from: number, to: number, port: Endpoint) => {
      const proxy = await startProxy(port);
      ways.set(`${from} to ${to}`, proxy);
      return proxy.endpoint;
    };
    cluster = await startZooKeeper({ binaries, nodes: 3, tickMs, config: [`syncLimit=${syncLimit}`], way });
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await Promise.all([...ways.values()].map((proxy) => proxy[Symbol.asyncDispose]()));
  });

  test(
    "its client hears of the loss before another one is let in, though the follower answers it to the end",
    async () => {
      for (let run = 0; run < runs; run += 1) {
        const leader = await cluster.leader();
        const follower = cluster.nodes.find((node) => node !== leader);
        if (!follower) throw new Error("of three nodes two follow");
        const numberOf = (name: string) => name.replace(/\D/g, "");
        const way = ways.get(`${numberOf(follower.name)} to ${numberOf(leader.name)}`);
        if (!way) throw new Error("there is a way from each node to each");
        const options = { session: { ttlMs }, waitMs: 20_000 };
        await using behind = await connect(zookeeper({ servers: [hostPort(follower.endpoint)] }), options);
        await using ahead = await connect(zookeeper({ servers: [hostPort(leader.endpoint)] }), options);
        const hold = await new Mutex(behind, "m").acquire();
        let lostMs: number | undefined;
        hold.signal.addEventListener("abort", () => (lostMs = performance.now()));
        const granted = new Mutex(ahead, "m")
          .acquire({ waitMs: 30_000 })
          .then((next) => ({ next, atMs: performance.now() }));
        // at another point of the heartbeats' rhythm each time
        await eventually("the hold lasts", () => hold.remainingMs < ttlMs * (0.3 + 0.3 * (run / runs)));
        way.stall();
        const { next, atMs } = await granted;
        expect(lostMs, `run ${run}: the next one was let in at ${atMs}`).toBeLessThan(atMs);
        expect(next.fencingToken).toBeGreaterThan(hold.fencingToken);
        await next.release();
        way.heal();
        await eventually(
          "the follower follows",
          async () => (await fourLetterWord(follower.endpoint, "srvr")).includes("Mode: follower"),
          { within: 20_000 },
        );
      }
    },
    runs * 15_000,
  );
});
