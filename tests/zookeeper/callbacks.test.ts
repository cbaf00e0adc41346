import { bytes } from "@coord/conformance";
import { connect, systemRuntime } from "@coord/core";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { eventually } from "../testbed/eventually.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const ttlMs = 2_000;

describe.skipIf(binaries === undefined)("callbacks that throw", () => {
  let cluster: Cluster;
  let proxy: FaultProxy;
  const uncaught: unknown[] = [];
  const listen = (error: unknown) => void uncaught.push(error);

  beforeAll(async () => {
    if (!binaries) return;
    process.on("uncaughtExceptionMonitor", listen);
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    proxy = await startProxy(cluster.node.endpoint);
  });

  afterAll(async () => {
    process.off("uncaughtExceptionMonitor", listen);
    await proxy?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const fail = () => {
    throw new Error("mine");
  };

  test("keep no answer behind them waiting, and the session goes on", async () => {
    const said: unknown[] = [];
    const logger = { debug: nothing, info: nothing, warn: nothing, error: (...all: unknown[]) => void said.push(all) };
    await using coord = await connect(zookeeper({ servers: [proxy.address] }), { session: { ttlMs }, logger });
    coord.on("state", fail);
    const hold = await new Mutex(coord, "m").acquire();
    for (const event of ["suspended", "resumed"] as const) hold.on(event, fail);
    const session = coord.status().session?.id;

    const startMs = performance.now();
    const failed = Array.from({ length: 50 }, (_, index) => coord.store.get(`k${index}`).then(fail));
    const answered = coord.store.commit({ writes: [{ put: "k", value: bytes("1") }] });
    const results = await Promise.allSettled(failed);
    await answered;
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["rejected"]));

    const settled = said.length;
    proxy.stall();
    await eventually("suspended", () => coord.state === "suspended", { within: ttlMs });
    proxy.heal();
    await eventually("connected", () => coord.state === "connected", { within: ttlMs });
    hold.check();
    expect(coord.status().session?.id).toBe(session);
    expect(said.length).toBeGreaterThan(settled);
    expect(await hold.release()).toBe("released");
    expect(uncaught).toEqual([]);
  });

  test("that pick who is in the way end their own following with what they threw, and nothing else", async () => {
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const context = { runtime: systemRuntime, logger, namespace: "" };
    const store = await zookeeper({ servers: [proxy.address] }).open(context);
    const events = { renewed: nothing, disconnected: nothing, expired: nothing };
    const session = await store.openSession({ ttlMs, events });
    const ticket = (id: string) => ({ id, kind: "lock", value: bytes(""), session });
    const first = await store.contend("line", ticket("first"));
    const second = await store.contend("line", ticket("second"));
    const other = store.follow(second, (ahead) => ahead)[Symbol.asyncIterator]();
    expect((await other.next()).value.ahead).toHaveLength(1);
    const following = (async () => {
      for await (const _ of store.follow(second, fail));
    })();
    await expect(following).rejects.toThrow("mine");
    await store.commit({ writes: [{ remove: first.mine.key }] });
    expect((await other.next()).value).toMatchObject({ present: true, ahead: [] });
    await store.close();
    expect(uncaught).toEqual([]);
  });
});
