import type { Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import type { FaultProxy } from "../testbed/proxy/proxy.ts";
import { closesInTime } from "../testbed/standing-still.ts";
import { binaries, bytes, EtcdWorld } from "./world.ts";

const inUse = (proxies: readonly FaultProxy[]): number => proxies.findIndex(({ counts }) => counts.open > 0);

describe.skipIf(binaries === undefined)("members of an etcd cluster that fail", () => {
  // A keep-alive that turns to another member only after a whole ttl loses the session (E4).
  test("one of three is a black hole for 8 s: a session of 3 s lives on", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord, proxies } = await world.client();
    const hold = await new Mutex(coord, "m").acquire();
    const states: string[] = [];
    coord.on("state", (now) => states.push(now));
    const hole = proxies[inUse(proxies)];
    const startMs = performance.now();
    let leastMs = Number.POSITIVE_INFINITY;
    hole?.stall();
    await eventually(
      "8 s to pass",
      () => {
        hold.check();
        leastMs = Math.min(leastMs, hold.remainingMs);
        return performance.now() - startMs > 8_000;
      },
      { within: 10_000 },
    );
    expect(states).not.toContain("lost");
    expect(leastMs).toBeGreaterThan(500);
    hole?.heal();
    expect(await hold.release()).toBe("released");
  });

  // The package tells of the loss up to a ttl after the server has given the lock away (E5).
  test("all of them are a black hole: the signal aborts before the server lets go", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord, network } = await world.client();
    const { coord: other } = await world.client();
    const hold = await new Mutex(coord, "m").acquire();
    let lostMs: number | undefined;
    hold.signal.addEventListener("abort", () => (lostMs = performance.now()));
    const next = new Mutex(other, "m").acquire().then((granted) => ({ granted, atMs: performance.now() }));
    network.stall();
    const { granted, atMs } = await next;
    expect(lostMs).toBeLessThan(atMs);
    expect(granted.fencingToken).toBeGreaterThan(hold.fencingToken);
  });

  test("the leader is killed while 16 clients pass a lock: never two at once, tokens rise, nobody is left waiting", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const clients = await Promise.all(Array.from({ length: 16 }, () => world.client({ session: { ttlMs: 5_000 } })));
    const tokens: bigint[] = [];
    let held: Hold | undefined;
    let rounds = 0;
    const stop = new AbortController();
    const work = clients.map(async ({ coord }) => {
      const mutex = new Mutex(coord, "m");
      while (!stop.signal.aborted) {
        const hold = await mutex.acquire({ requeue: true });
        if (held && !held.signal.aborted) throw new Error("two at once");
        held = hold;
        tokens.push(hold.fencingToken);
        await Promise.resolve();
        rounds += 1;
        held = undefined;
        await hold.release();
      }
    });
    const all = Promise.all(work);
    await eventually("100 rounds", () => rounds > 100, { within: 30_000 });
    const leader = await world.cluster.leader();
    await leader.kill();
    const before = rounds;
    await eventually("100 rounds more", () => rounds > before + 100, { within: 30_000 });
    await leader.start();
    const again = rounds;
    await eventually("and 100 more", () => rounds > again + 100, { within: 30_000 });
    stop.abort();
    await all;
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test("without a majority a client is suspended, then lost; with it, it comes back by itself", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord } = await world.client();
    const hold = await new Mutex(coord, "m").acquire();
    const [, ...others] = world.cluster.nodes;
    const states: string[] = [];
    coord.on("state", (now) => states.push(now));
    await Promise.all(others.map((node) => node.kill()));
    await eventually("suspended", () => coord.state === "suspended");
    await eventually("lost", () => hold.signal.aborted);
    await Promise.all(others.map((node) => node.start()));
    await eventually("connected", () => coord.state === "connected", { within: 20_000 });
    await (await new Mutex(coord, "m").acquire({ waitMs: 20_000 })).release();
    expect(states[0]).toBe("suspended");
  });

  test("a server that is restarted within the ttl: the hold stands", async () => {
    const world = await EtcdWorld.start();
    const { coord } = await world.client({ session: { ttlMs: 15_000 } });
    const hold = await new Mutex(coord, "m").acquire();
    await world.cluster.node.restart();
    await coord.store.commit({ guards: [hold.guard], writes: [{ put: "k", value: bytes("1") }] });
    const untilMs = () => performance.now() + hold.remainingMs;
    const beforeMs = untilMs();
    await eventually("a renewal", () => untilMs() > beforeMs + 1_000); // the next one is a third of the ttl later
    await eventually("connected", () => coord.state === "connected");
    expect(await hold.release()).toBe("released");
  });

  test("close() ends within a second while every member stands still, and leaves nothing pending", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord } = await world.client();
    const { store } = await world.store();
    await closesInTime(world.cluster.nodes, store, coord);
  });
});
