import { bytes, text } from "@coord/conformance";
import { CoordError, connect, systemRuntime } from "@coord/core";
import type { Commit, Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import type { Operation } from "./frame-proxy.ts";
import { ReplyThief } from "./reply-thief.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const events = { renewed: nothing, disconnected: nothing, expired: nothing };
const ttlMs = 4_000;

const storeAt = (server: string): Promise<Store> =>
  zookeeper({ servers: [server] }).open({ runtime: systemRuntime, logger: silent, namespace: "" });
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

/** A request that took effect and whose answer never came. A client that sends it again does it twice, or takes its own for somebody else's. */
describe.skipIf(binaries === undefined)("lost answers on ZooKeeper", () => {
  let cluster: Cluster;
  let thief: ReplyThief;
  let other: Store;

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    thief = await ReplyThief.start(cluster.node.endpoint);
    other = await storeAt(hostPort(cluster.node.endpoint));
  });

  afterAll(async () => {
    await other?.close();
    await thief?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const put: Commit = { writes: [{ put: "lost/there", value: bytes("1") }] };
  test.each<[string, Operation, Commit, Partial<Record<"beside" | "new" | "there", string>>]>([
    [
      "a create",
      "create",
      { writes: [{ create: "lost/new", value: bytes("1") }] },
      { beside: "0", new: "1", there: "0" },
    ],
    ["a put over an entry", "setData", put, { beside: "0", there: "1" }],
    ["a removal", "remove", { writes: [{ remove: "lost/there" }] }, { beside: "0" }],
    [
      "a commit of several",
      "multi",
      { writes: [...put.writes, { remove: "lost/beside" }, { create: "lost/new", value: bytes("1") }] },
      { new: "1", there: "1" },
    ],
  ])("of %s: the outcome is unknown, and it happened once", async (_, kind, commit, expected) => {
    for (let round = 1; round <= 20; round += 1) {
      const names = ["beside", "new", "there"];
      await other.commit({ writes: names.map((name) => ({ remove: `lost/${name}` })) });
      for (const create of ["lost/beside", "lost/there"]) {
        await other.commit({ writes: [{ create, value: bytes("0") }] });
      }
      const store = await storeAt(thief.address);
      await store.get("lost/there");
      const before = thief.stolen;
      thief.steal(kind);
      expect(await outcome(store.commit(commit))).toBe("UNKNOWN_OUTCOME");
      expect(thief.stolen).toBe(before + 1);
      await store.get("lost/there"); // on another connection: nothing of before is still under way
      const { entries } = await other.list("lost");
      expect(Object.fromEntries(entries.map(({ key, value }) => [key.slice(5), text(value)]))).toEqual(expected);
      const [, changes] = entries.find(({ key }) => key === "lost/there")?.version.split(".") ?? [];
      expect(changes).toBe(expected.there);
      await store.close();
    }
  });

  test("of a commit that names a version: it is unknown, not a conflict with itself", async () => {
    await other.commit({ writes: [{ put: "named/k", value: bytes("0") }] });
    const entry = await other.get("named/k");
    if (!entry) throw new Error("it was just made");
    const store = await storeAt(thief.address);
    thief.steal("multi");
    expect(await outcome(store.commit({ writes: [{ update: entry, value: bytes("1") }] }))).toBe("UNKNOWN_OUTCOME");
    expect((await other.get("named/k"))?.version.split(".")[1]).toBe("1");
    expect((await other.list("named")).entries).toHaveLength(1);
    await store.close();
  });

  test("of standing in line: asking again finds the same place, and there is one", async () => {
    const store = await storeAt(thief.address);
    const session = await store.openSession({ ttlMs, events });
    await store.contend("line", { id: "first", kind: "lock", value: bytes(""), session });
    const ticket = { id: "second", kind: "lock", value: bytes(""), session };
    thief.steal("create");
    expect(await outcome(store.contend("line", ticket))).toBe("UNKNOWN_OUTCOME");
    const { mine, ahead } = await store.contend("line", ticket);
    expect((await other.list("line")).entries.map(({ key }) => key)).toEqual([ahead[0]?.key, mine.key].sort());
    await store.close();
  });

  test("of an end: the session is closed all the same", async () => {
    const store = await storeAt(thief.address);
    const session = await store.openSession({ ttlMs, events });
    await store.commit({ writes: [{ create: "ended/k", value: bytes("1"), session }] });
    thief.steal("closeSession");
    expect(await outcome(session.close())).toBe("done");
    expect(await other.get("ended/k")).toBe(undefined);
    await store.close();
  });

  test("of an acquire and a release, again and again: one place in line, and the lock is had and given back", async () => {
    await using coord = await connect(zookeeper({ servers: [thief.address] }), { session: { ttlMs } });
    for (let round = 0; round < 10; round += 1) {
      thief.steal("create");
      const hold = await new Mutex(coord, "m").acquire({ waitMs: 20_000 });
      expect((await other.list("m")).entries).toHaveLength(1);
      thief.steal("remove");
      expect(await hold.release()).toBe("released");
      expect((await other.list("m")).entries).toEqual([]);
    }
    expect(thief.stolen).toBeGreaterThanOrEqual(20);
  });
});
