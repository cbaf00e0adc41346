import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld } from "./world.ts";

const silentEvents = { renewed() {}, disconnected() {}, expired() {} };

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

/** A request that took effect and whose answer never came. A client that sends it again does it twice, or takes its own for somebody else's (E3). */
describe.skipIf(binaries === undefined)("lost answers on etcd", () => {
  test.each([
    ["create", { create: "k", value: bytes("1") }],
    ["put", { put: "k", value: bytes("1") }],
  ] as const)("of a %s: the outcome is unknown, and it happened once", async (_, write) => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: other } = await world.store();
    await store.get("k");
    network.stall("replies");
    const ended = outcome(store.commit({ writes: [write] }));
    const made = await eventually("the write", async () => (await other.get("k")) ?? false);
    network.reset();
    network.heal();
    expect(await ended).toBe("UNKNOWN_OUTCOME");
    expect((await other.get("k"))?.version).toBe(made.version);
    const { kvs } = await world.ask<{ kvs: { version: string }[] }>("/v3/kv/range", { key: btoa("k") });
    expect(kvs[0]?.version).toBe("1");
  });

  test("of a removal: the outcome is unknown", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: other } = await world.store();
    await other.commit({ writes: [{ put: "k", value: bytes("1") }] });
    await store.get("k");
    network.stall("replies");
    const ended = outcome(store.commit({ writes: [{ remove: "k" }] }));
    await eventually("the removal", async () => (await other.get("k")) === undefined);
    network.reset();
    network.heal();
    expect(await ended).toBe("UNKNOWN_OUTCOME");
  });

  test("of a removal that may be repeated, at every member: the outcome is unknown", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { store, network } = await world.store();
    const { store: other } = await world.store();
    const session = await store.openSession({ ttlMs: 60_000, events: silentEvents });
    const value = bytes("1");
    const { mine } = await store.contend("line", { id: "ticket", kind: "lock", value, session });
    network.stall("replies");
    const ended = outcome(store.commit({ writes: [{ remove: mine.key }] }));
    await eventually("the removal", async () => (await other.get(mine.key)) === undefined);
    expect(await ended).toBe("UNKNOWN_OUTCOME");
  });

  test("of a grant: the session is opened all the same, and there is one lease", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    await store.get("k");
    network.stall("replies");
    const opening = store.openSession({ ttlMs: 5_000, events: silentEvents });
    const leases = () => world.ask<{ leases?: { ID: string }[] }>("/v3/lease/leases").then((all) => all.leases ?? []);
    await eventually("the lease", async () => (await leases()).length === 1);
    network.reset();
    network.heal();
    const session = await opening;
    expect((await leases()).map(({ ID }) => BigInt(ID).toString(16))).toEqual([session.id]);
    expect(session.ttlMs).toBe(5_000);
  });

  test("of a revocation: the session is closed all the same", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: other } = await world.store();
    const session = await store.openSession({ ttlMs: 60_000, events: silentEvents });
    await store.commit({ writes: [{ create: "k", value: bytes("1"), session }] });
    network.stall("replies");
    const ended = outcome(session.close());
    await eventually("the end of its entries", async () => (await other.get("k")) === undefined);
    network.reset();
    network.heal();
    expect(await ended).toBe("done");
  });

  test("of an acquire that is cut off again and again: one place in line, and the lock is had and given back", async () => {
    const world = await EtcdWorld.start();
    const { coord: watcher } = await world.client();
    const { coord, network } = await world.client({ session: { ttlMs: 10_000 } });
    for (let round = 0; round < 10; round += 1) {
      network.stall("replies");
      const acquiring = new Mutex(coord, "m").acquire({ waitMs: 20_000 });
      await eventually("the place", async () => (await watcher.store.list("m")).entries.length === 1);
      network.reset();
      network.heal();
      const hold = await acquiring;
      expect((await watcher.store.list("m")).entries).toHaveLength(1);
      expect(await hold.release()).toBe("released");
      expect((await watcher.store.list("m")).entries).toEqual([]);
    }
  });
});
