import { bytes, text } from "@coord/conformance";
import { type Coord, CoordError, connect, systemRuntime } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { closesInTime } from "../testbed/standing-still.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { expireSession } from "./expire.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const ttlMs = 2_000;
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const storeAt = (...servers: readonly string[]): Promise<Store> =>
  zookeeper({ servers }).open({ runtime: systemRuntime, logger: silent, namespace: "" });
const coordAt = (...servers: readonly string[]): Promise<Coord> =>
  connect(zookeeper({ servers }), { session: { ttlMs }, waitMs: 20_000 });
const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error) => error,
  );

describe.skipIf(binaries === undefined)("one server", () => {
  let cluster: Cluster;
  let proxy: FaultProxy;

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    proxy = await startProxy(cluster.node.endpoint);
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  test("a server that stands still is noticed, and what was held is lost in time", async () => {
    await using coord = await coordAt(proxy.address);
    const hold = await new Mutex(coord, "frozen").acquire();
    await cluster.node.stop();
    const stoppedMs = performance.now();
    await eventually("suspended", () => coord.state === "suspended", { within: ttlMs });
    await eventually("lost", () => hold.signal.aborted, { within: ttlMs });
    expect(performance.now() - stoppedMs).toBeLessThan(ttlMs);
    cluster.node.continue();
    await eventually("connected again", () => coord.state === "connected");
  });

  test("close() ends within a second while the server stands still, and leaves nothing pending", async () => {
    const [coord, store] = [await coordAt(proxy.address), await storeAt(proxy.address)];
    await closesInTime(cluster.nodes, store, coord);
  });

  test("a connection that is cut inside of a reply, at whichever byte, is followed by one that works", async () => {
    const store = await storeAt(proxy.address);
    await store.commit({ writes: [{ put: "cut/k", value: bytes("x".repeat(200)) }] });
    for (const after of [0, 1, 3, 4, 5, 19, 20, 21, 60, 150, 290]) {
      proxy.cutAfter(after, "replies");
      const got = await outcome(store.get("cut/k"));
      expect(got === "done" || CoordError.is(got, "UNAVAILABLE"), String(got)).toBe(true);
      await eventually("an answer", async () => (await store.get("cut/k"))?.value.length === 200);
    }
    proxy.heal();
    await store.close();
  });

  test("the first answer of a connection cut in its middle doesn't wedge the client", async () => {
    for (const after of [0, 2, 4, 17, 36]) {
      proxy.cutAfter(after, "replies");
      const store = await storeAt(proxy.address);
      await eventually("an answer", () => store.get("cut/k").then(() => true));
      await store.close();
    }
    proxy.heal();
  });

  test("standing in a line that there can't be, asked while the server is away, is refused and leaves the next connection be", async () => {
    const store = await storeAt(proxy.address);
    const told: string[] = [];
    const events = { renewed: nothing, disconnected: () => void told.push("away"), expired: nothing };
    const session = await store.openSession({ ttlMs: 4_000, events });
    proxy.refuse();
    proxy.reset();
    await eventually("the server to be away", () => told.length > 0);
    const ticket = { id: "reserved-line", kind: "lock", value: bytes("x"), session };
    const contending = outcome(store.contend("zookeeper/x", ticket));
    const getting = outcome(store.get("beside"));
    const before = proxy.counts.connections;
    await proxy.accept();
    expect(CoordError.is(await contending, "USAGE"), String(await contending)).toBe(true);
    expect(await getting).toBe("done");
    expect(proxy.counts.connections - before).toBe(1);
    await store.close();
  });

  test("events that never cease don't keep the session from being renewed", async () => {
    await using coord = await coordAt(proxy.address);
    await using writer = await coordAt(hostPort(cluster.node.endpoint));
    const session = coord.status().session?.id;
    const done = new AbortController();
    let seen = 0;
    const watching = (async () => {
      for await (const _ of coord.store.watch({ under: "noisy" }, { signal: done.signal })) seen += 1;
    })();
    const untilMs = performance.now() + 3 * ttlMs;
    for (let round = 0; performance.now() < untilMs; round += 1) {
      await writer.store.commit({ writes: [{ put: `noisy/${round % 5}`, value: bytes(`${round}`) }] });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(seen).toBeGreaterThan(20);
    expect([coord.state, coord.status().session?.id]).toEqual(["connected", session]);
    done.abort();
    await watching;
  });

  test("twelve thousand watches survive a broken connection, on one new connection", async () => {
    const store = await storeAt(proxy.address);
    const writer = await storeAt(hostPort(cluster.node.endpoint));
    onTestFinished(() => store.close()); // also when it fails: those who come after must not pay for it
    const count = 12_000;
    const key = (index: number) => `many/${"k".repeat(90)}-${index}`;
    const fresh = new Array<string | undefined>(count);
    await writer.commit({ writes: [{ put: key(0), value: bytes("first") }] });
    for (let index = 0; index < count; index += 1) {
      void (async () => {
        for await (const { entries, stale } of store.watch({ key: key(index) })) {
          fresh[index] = stale ? undefined : ((entries[0] && text(entries[0].value)) ?? "none");
        }
      })();
    }
    await eventually("all to see", () => !fresh.includes(undefined) && fresh.length === count, { within: 30_000 });
    const before = proxy.counts.connections;
    proxy.reset();
    await eventually("all to be out of sight", () => fresh.every((each) => each === undefined), { within: 5_000 });
    await writer.commit({ writes: [{ put: key(count - 1), value: bytes("last") }] });
    await eventually("all to see again", () => fresh.at(-1) === "last" && !fresh.includes(undefined), {
      within: 30_000,
    });
    expect(proxy.counts.connections - before).toBeLessThanOrEqual(2);
    expect(fresh[0]).toBe("first");
    await store.close();
    await writer.close();
  }, 120_000);

  test("many watches of one path are no leak of listeners", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    const store = await storeAt(proxy.address);
    const done = new AbortController();
    let seen = 0;
    for (let index = 0; index < 50; index += 1) {
      void (async () => {
        for await (const _ of store.watch({ key: "one" }, { signal: done.signal })) seen += 1;
      })();
    }
    await eventually("all to see", () => seen === 50);
    done.abort();
    await store.close();
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  test("what is asked while there is no connection is settled when the session is gone", async () => {
    const store = await storeAt(proxy.address);
    const losses: string[] = [];
    const events = { renewed: nothing, disconnected: nothing, expired: () => losses.push(session.id) };
    const session = await store.openSession({ ttlMs, events });
    proxy.refuse();
    proxy.reset();
    await outcome(store.get("settled/k")); // finds out
    const asked = [
      store.contend("settled", { id: "a", kind: "lock", value: bytes(""), session }),
      store.commit({ writes: [{ create: "settled/k", value: bytes(""), session }] }),
      store.get("settled/k"),
    ].map(outcome);
    await expireSession(cluster.node.endpoint, session.id);
    await proxy.accept();
    const settled = await Promise.all(asked);
    expect(
      settled.every((each) => CoordError.is(each, "UNAVAILABLE", "SESSION_LOST")),
      String(settled),
    ).toBe(true);
    await eventually("the loss to be told", () => losses.length === 1);
    await store.close();
  });

  test.each(["before it is connected", "connected", "stalled", "refused", "after its session has expired", "closed"])(
    "close() takes less than a second: %s",
    async (state) => {
      if (state === "before it is connected") proxy.stall();
      const store = await storeAt(proxy.address);
      const pending = [outcome(store.get("k"))];
      if (state !== "before it is connected") {
        await pending[0];
        const events = { renewed: nothing, disconnected: nothing, expired: nothing };
        const session = await store.openSession({ ttlMs, events });
        if (state === "stalled") proxy.stall();
        if (state === "refused") {
          proxy.refuse();
          proxy.reset();
        }
        if (state === "closed") await store.close();
        if (state.includes("expired")) await expireSession(cluster.node.endpoint, session.id);
        else pending.push(outcome(store.get("k")));
      }
      const startMs = performance.now();
      await store.close();
      await Promise.all(pending);
      expect(performance.now() - startMs).toBeLessThan(1_000);
      await proxy.accept();
      proxy.heal();
      await eventually("nothing to stay connected", () => proxy.counts.open === 0);
    },
  );

  test("a lost reply leaves each write done once or not at all, and says which it doesn't know", async () => {
    const store = await storeAt(proxy.address);
    const reader = await storeAt(hostPort(cluster.node.endpoint));
    const dataVersion = async (key: string) => (await reader.get(key))?.version.split(".")[1];
    for (let round = 0; round < 10; round += 1) {
      const at = `lost/${round}`;
      await reader.commit({
        writes: ["set", "gone", "multi"].map((name) => ({ create: `${at}/${name}`, value: bytes("0") })),
      });
      const attempt = async (work: () => Promise<unknown>) => {
        proxy.cutAfter(0, "replies");
        const ended = await outcome(work());
        proxy.heal();
        expect(ended === "done" || CoordError.is(ended, "UNKNOWN_OUTCOME", "UNAVAILABLE"), String(ended)).toBe(true);
        await eventually("a connection", () => store.get(at).then(() => true));
        return CoordError.is(ended, "UNKNOWN_OUTCOME") ? "unknown" : ended === "done" ? "done" : "not done";
      };
      const set = await reader.get(`${at}/set`);
      if (!set) throw new Error("it was just made");
      const created = await attempt(() => store.commit({ writes: [{ create: `${at}/new`, value: bytes("1") }] }));
      const there = (await reader.get(`${at}/new`)) !== undefined;
      expect(created === "unknown" || there === (created === "done")).toBe(true);
      const wasSet = await attempt(() => store.commit({ writes: [{ update: set, value: bytes("1") }] }));
      expect(wasSet === "unknown" ? ["0", "1"] : [wasSet === "done" ? "1" : "0"]).toContain(
        await dataVersion(`${at}/set`),
      );
      const removed = await attempt(() => store.commit({ writes: [{ remove: `${at}/gone` }] }));
      const gone = (await reader.get(`${at}/gone`)) === undefined;
      expect(removed === "unknown" || gone === (removed === "done")).toBe(true);
      const both = await attempt(() =>
        store.commit({
          writes: [
            { put: `${at}/multi`, value: bytes("1") },
            { create: `${at}/beside`, value: bytes("1") },
          ],
        }),
      );
      const [multi, beside] = [await dataVersion(`${at}/multi`), await reader.get(`${at}/beside`)];
      expect([multi, beside !== undefined]).toEqual(multi === "1" ? ["1", true] : ["0", false]);
      expect(both === "unknown" || (multi === "1") === (both === "done")).toBe(true);
    }
    await store.close();
    await reader.close();
  });

  test("a version of nought is a version: what was written since is not overwritten, nor removed, also among other writes", async () => {
    const store = await storeAt(proxy.address);
    const other = await storeAt(hostPort(cluster.node.endpoint));
    for (const beside of [[], [{ put: "nought/beside", value: bytes("1") }]]) {
      await other.commit({ writes: [{ remove: "nought/k" }] });
      const { entries } = await other.commit({ writes: [{ create: "nought/k", value: bytes("first") }] });
      const [entry] = entries;
      if (!entry) throw new Error("it was just made");
      await other.commit({ writes: [{ put: "nought/k", value: bytes("second") }] });
      for (const write of [{ update: entry, value: bytes("lost") }, { remove: entry }]) {
        const refused = await outcome(store.commit({ writes: [...beside, write] }));
        expect(CoordError.is(refused, "CONFLICT"), String(refused)).toBe(true);
      }
      const guarded = await outcome(store.commit({ guards: [{ unchanged: entry }], writes: beside }));
      expect(CoordError.is(guarded, "CONFLICT"), String(guarded)).toBe(true);
      expect(text((await other.get("nought/k"))?.value ?? bytes(""))).toBe("second");
    }
    await store.close();
    await other.close();
  });

  test("independent writes of one turn travel as one transaction, and one that fails harms no other", async () => {
    const store = await storeAt(proxy.address);
    const events = { renewed: nothing, disconnected: nothing, expired: nothing };
    const session = await store.openSession({ ttlMs, events });
    const lines = Array.from({ length: 30 }, (_, index) => `together/${index}`);
    const stand = (round: number) =>
      Promise.all(
        lines.map((line) =>
          store.contend(line, { id: `${line.replace("/", "-")}-${round}`, kind: "lock", value: bytes(""), session }),
        ),
      );
    const first = await stand(1);
    const places = await stand(2);
    expect(new Set(first.map(({ mine }) => mine.order)).size).toBe(1);
    expect(new Set(places.map(({ mine }) => mine.order)).size).toBe(1);
    expect(places.map(({ ahead }) => ahead.map(({ key }) => key))).toEqual(first.map(({ mine }) => [mine.key]));
    await store.commit({ writes: [{ create: "together/taken", value: bytes("") }] });
    const results = await Promise.all([
      outcome(store.commit({ writes: [{ create: "together/taken", value: bytes("") }] })),
      ...places.map(({ mine }) => outcome(store.commit({ writes: [{ remove: mine.key }] }))),
    ]);
    expect(CoordError.is(results[0], "CONFLICT")).toBe(true);
    expect(new Set(results.slice(1))).toEqual(new Set(["done"]));
    for (const line of lines) expect((await store.list(line)).entries).toHaveLength(1);
    const twice = await Promise.all(
      ["a", "b"].map((id) => store.contend("together/one", { id, kind: "lock", value: bytes(""), session })),
    );
    expect(twice[0]?.mine.order).not.toBe(twice[1]?.mine.order);
    await store.close();
  });
});

describe.skipIf(binaries === undefined)("three servers", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    if (binaries) cluster = await startZooKeeper({ binaries, nodes: 3, tickMs: 200, config: ["syncLimit=5"] });
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test("the server that a client is attached to stands still: the session goes on at another one", async () => {
    for (let run = 0; run < 5; run += 1) {
      const leader = await cluster.leader();
      const follower = cluster.nodes.find((node) => node !== leader);
      if (!follower) throw new Error("of three nodes two follow");
      await using proxy = await startProxy(follower.endpoint);
      const others = cluster.nodes.filter((node) => node !== follower);
      const rest = await Promise.all(others.map(({ endpoint }) => startProxy(endpoint)));
      await using coord = await coordAt(proxy.address, ...rest.map(({ address }) => address));
      await eventually("it is attached to the follower", async () => {
        if (proxy.counts.open === 1) return true;
        for (const other of rest) other.reset();
        return false;
      });
      const hold = await new Mutex(coord, "moving").acquire();
      const session = coord.status().session?.id;
      await follower.stop();
      const untilMs = performance.now() + 3 * ttlMs;
      await eventually(
        "three ttls to pass",
        () => {
          hold.check();
          return performance.now() > untilMs;
        },
        { within: 4 * ttlMs },
      );
      expect([coord.state, coord.status().session?.id]).toEqual(["connected", session]);
      follower.continue();
      expect(await hold.release()).toBe("released");
      await Promise.all(rest.map((other) => other[Symbol.asyncDispose]()));
    }
  }, 120_000);
});
