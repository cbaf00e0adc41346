import { bytes, text } from "@coord/conformance";
import { type Coord, CoordError, connect } from "@coord/core";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const ttlMs = 4_000;

describe.skipIf(binaries === undefined)("an ensemble that loses servers", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    if (binaries) cluster = await startZooKeeper({ binaries, nodes: 3, tickMs: 200, config: ["syncLimit=5"] });
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const client = (): Promise<Coord> =>
    connect(zookeeper({ servers: cluster.endpoints.map(hostPort) }), { session: { ttlMs }, waitMs: 30_000 });

  test("its leader is killed while sixteen clients pass a lock: no two hold it, tokens rise, everybody gets on", async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, client));
    const inside = new Set<number>();
    const tokens: bigint[] = [];
    const stop = new AbortController();
    let overlaps = 0;
    const work = clients.map(async (coord, index) => {
      const mutex = new Mutex(coord, "passed");
      while (!stop.signal.aborted) {
        const hold = await mutex.acquire({ waitMs: 60_000 }).catch((error) => {
          if (CoordError.is(error, "SESSION_LOST", "LOCK_LOST", "UNKNOWN_OUTCOME", "UNAVAILABLE")) return undefined;
          throw error;
        });
        if (!hold) continue;
        if (inside.size > 0) overlaps += 1;
        inside.add(index);
        const leave = () => inside.delete(index);
        hold.signal.addEventListener("abort", leave);
        if (!hold.lost) tokens.push(hold.fencingToken);
        await new Promise((resolve) => setTimeout(resolve, 2));
        leave();
        await hold.release();
      }
    });
    for (let round = 0; round < 2; round += 1) {
      const before = tokens.length;
      await eventually("the lock to be passed", () => tokens.length > before + 50, { within: 30_000 });
      const leader = await cluster.leader();
      await leader.kill();
      const at = tokens.length;
      await eventually("it to be passed without the leader", () => tokens.length > at + 50, { within: 40_000 });
      await leader.start();
    }
    stop.abort();
    await Promise.all(work);
    expect(overlaps).toBe(0);
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(tokens).size).toBe(tokens.length);
    await Promise.all(clients.map((coord) => coord.close()));
  }, 180_000);

  test("without a majority a hold is lost in time; with it back, clients and views come back by themselves", async () => {
    await using coord = await client();
    const hold = await new Mutex(coord, "m").acquire();
    const done = new AbortController();
    const seen: { value: string | undefined; stale: boolean }[] = [];
    const watching = (async () => {
      for await (const { entries, stale } of coord.store.watch({ key: "seen" }, { signal: done.signal })) {
        seen.push({ value: entries[0] && text(entries[0].value), stale });
      }
    })();
    await coord.store.commit({ writes: [{ put: "seen", value: bytes("before") }] });
    await eventually("the value", () => seen.at(-1)?.value === "before");
    const leader = await cluster.leader();
    const others = cluster.nodes.filter((node) => node !== leader);
    const startMs = performance.now();
    await Promise.all(others.map((node) => node.kill()));
    await eventually("the loss", () => hold.signal.aborted, { within: ttlMs });
    expect(performance.now() - startMs).toBeLessThan(ttlMs);
    await eventually("the view to be stale", () => seen.at(-1)?.stale === true, { within: 2 * ttlMs });
    await Promise.all(others.map((node) => node.start()));
    await eventually("connected again", () => coord.state === "connected", { within: 30_000 });
    await coord.store.commit({ writes: [{ put: "seen", value: bytes("after") }] });
    await eventually("the new value", () => seen.at(-1)?.value === "after" && !seen.at(-1)?.stale, { within: 10_000 });
    await (await new Mutex(coord, "m").acquire({ waitMs: 10_000 })).release();
    done.abort();
    await watching;
  }, 120_000);

  test("all servers are restarted: what was written is there, and what was held is held or known to be lost", async () => {
    await using coord = await client();
    await coord.store.commit({ writes: [{ put: "kept", value: bytes("kept") }] });
    const hold = await new Mutex(coord, "m").acquire();
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await eventually("connected again", () => coord.state === "connected", { within: 30_000 });
    expect((await coord.store.get("kept"))?.value.length).toBe(4);
    const next = hold.lost ? await new Mutex(coord, "m").acquire({ waitMs: 20_000, requeue: true }) : undefined;
    if (next) expect(next.fencingToken).toBeGreaterThan(hold.fencingToken);
    expect(await (next ?? hold).release()).toBe("released");
  }, 120_000);
});
