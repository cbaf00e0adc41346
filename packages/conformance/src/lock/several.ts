import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { type Lock, lockAll, Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import type { Case } from "../rig.ts";
import { contenders } from "./kinds.ts";

/** Several locks at once: rule 22. */
export const severalCases: readonly Case[] = [
  {
    title: "lockAll: takes all, with a token and a guard for each, and gives them back",
    async run(bench) {
      const { coord } = await bench.coord();
      const locks = [
        new Mutex(coord, "b"),
        new Semaphore(coord, "c", { permits: 2 }),
        new ReadWriteLock(coord, "a").write,
      ];
      const held = await lockAll(locks, { waitMs: 5_000 });
      assert.deepEqual(
        held.holds.map(({ name }) => name),
        ["b", "c", "a"],
      );
      assert.deepEqual([...held.fencingTokens.keys()].sort(), ["a", "b", "c"]);
      for (const { name, fencingToken } of held.holds) assert.equal(held.fencingTokens.get(name), fencingToken);
      held.check();
      assert.ok(held.remainingMs > 0 && held.remainingMs < Number.POSITIVE_INFINITY);
      await coord.store.commit({ guards: held.guards, writes: [] });
      assert.equal(await held.release(), "released");
      assert.equal(await held.release(), "released");
      assert.throws(held.check, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.equal(held.signal.aborted, false);
      for (const name of ["a", "b", "c"]) assert.equal(await contenders(coord, name), 0);
    },
  },
  {
    title: "lockAll: merges what is named twice, and takes for writing what is wanted for reading and writing",
    async run(bench) {
      const { coord } = await bench.coord();
      const lock = new ReadWriteLock(coord, "rw");
      const held = await lockAll([new Mutex(coord, "a"), lock.read, new Mutex(coord, "a"), lock.write], {
        waitMs: 5_000,
      });
      assert.equal(held.holds.length, 4);
      assert.equal(held.holds[0], held.holds[2]);
      assert.equal(held.holds[1], held.holds[3]);
      assert.ok((await lock.inspect()).writer);
      assert.equal(await contenders(coord, "a"), 1);
      await held.release();
    },
  },
  {
    title: "lockAll: those who want the same locks in any order don't block each other for ever",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      const inside = new Set<string>();
      const orders = [
        ["a", "b", "c"],
        ["c", "b", "a"],
        ["b", "c", "a"],
        ["c", "a"],
      ];
      await Promise.all(
        clients.flatMap(({ coord }) =>
          orders.map(async (names) => {
            await using held = await lockAll(
              names.map((name) => new Mutex(coord, name)),
              { waitMs: 60_000 },
            );
            for (const name of names) {
              assert.ok(!inside.has(name));
              inside.add(name);
            }
            await bench.pause(3);
            held.check();
            for (const name of names) inside.delete(name);
          }),
        ),
      );
    },
  },
  {
    title: "lockAll: one time for all, and all or nothing: what was had is given back when the rest can't be",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const blocking = [await new Mutex(other, "b").acquire(), await new Mutex(other, "c").acquire()];
      const startMs = bench.rig.runtime.now();
      const locks = ["a", "b", "c"].map((name) => new Mutex(coord, name));
      await assert.rejects(lockAll(locks, { waitMs: 300 }), (error) => CoordError.is(error, "LOCK_TIMEOUT"));
      assert.ok(bench.rig.runtime.now() - startMs < 300 + bench.rig.promptMs + 200);
      for (const [name, count] of [
        ["a", 0],
        ["b", 1],
        ["c", 1],
      ] as const)
        await bench.eventually(`${count} on ${name}`, async () => (await contenders(other, name)) === count);
      const cancel = new AbortController();
      const cancelled = lockAll(locks, { signal: cancel.signal }).catch((error) => error);
      await bench.eventually("the wait", async () => (await contenders(other, "b")) === 2);
      cancel.abort("enough");
      assert.equal(await cancelled, "enough");
      for (const name of ["a", "b"])
        await bench.eventually(
          `${name} to be given back`,
          async () => (await contenders(other, name)) === (name === "a" ? 0 : 1),
        );
      for (const hold of blocking) await hold.release();
    },
  },
  {
    title: "lockAll: what one of them has waited for is taken from the time of the others",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const [first, second] = [await new Mutex(other, "a").acquire(), await new Mutex(other, "b").acquire()];
      const startMs = bench.rig.runtime.now();
      const refused = lockAll([new Mutex(coord, "a"), new Mutex(coord, "b")], { waitMs: 1_500 }).catch(
        (error) => error,
      );
      await bench.pause(1_200);
      await first.release();
      assert.ok(CoordError.is(await refused, "LOCK_TIMEOUT"));
      assert.ok(bench.rig.runtime.now() - startMs < 2_500);
      await second.release();
    },
  },
  {
    title: "lockAll: one signal aborts when any of them is lost",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const held = await lockAll([new Mutex(coord, "a"), new Mutex(coord, "b")]);
      const { signal } = held;
      const [entry] = (await other.store.list("b")).entries;
      assert.ok(entry);
      await bench.pause(bench.rig.promptMs);
      await other.store.commit({ writes: [{ remove: entry.key }] });
      await bench.eventually("the loss", () => signal.aborted, 2_000);
      assert.ok(CoordError.is(signal.reason, "LOCK_LOST"));
      assert.throws(held.check, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.equal(held.remainingMs, 0);
      assert.equal(await held.release(), "lost");
      assert.equal(await contenders(other, "a"), 0);
    },
  },
  {
    title: "lockAll: what is lost after release() was called is no loss any more",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const held = await lockAll([new Mutex(coord, "a"), new Mutex(coord, "b"), new Mutex(coord, "c")]);
      const { signal } = held;
      network.stall();
      const released = held.release();
      assert.equal(await bench.within(bench.rig.ttlMs * 2 + 15_000, "the release", released), "lost"); // its request has its own time
      assert.equal(signal.aborted, false);
      assert.equal(held.signal.aborted, false);
      network.heal();
    },
  },
  {
    title: "lockAll: a lock that is lost while the others are waited for ends the wait, and nothing is left",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const blocking = await new Mutex(other, "b").acquire();
      const wait = lockAll([new Mutex(coord, "a"), new Mutex(coord, "b")]).catch((error) => error);
      await bench.eventually("the wait", async () => (await contenders(other, "b")) === 2);
      const [entry] = (await other.store.list("a")).entries;
      assert.ok(entry);
      await bench.pause(bench.rig.promptMs);
      await other.store.commit({ writes: [{ remove: entry.key }] });
      const error = await bench.within(5_000, "the end of the wait", wait);
      assert.ok(CoordError.is(error, "LOCK_LOST"), String(error));
      await bench.eventually("nothing to be left", async () => (await contenders(other, "b")) === 1);
      await blocking.release();
    },
  },
  {
    title: "lockAll: no lock at all, and locks of two clients, are refused",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const isUsage = (error: unknown) => CoordError.is(error, "USAGE");
      await assert.rejects(lockAll([]), isUsage);
      await assert.rejects(lockAll([new Mutex(coord, "a"), new Mutex(other, "b") as Lock]), isUsage);
      assert.equal(await contenders(coord, "a"), 0);
    },
  },
];
