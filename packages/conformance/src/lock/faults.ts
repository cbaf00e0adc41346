import assert from "node:assert/strict";
import { type Coord, CoordError, type Hold } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { type Fault, type FaultyVerb, faulty } from "../faulty.ts";
import type { Bench, Case } from "../rig.ts";

/** A client whose n-th call after connecting fails in this way. */
async function troubledClient(bench: Bench, fault: Fault, nth: number) {
  let counting = false;
  let count = 0;
  const hit: FaultyVerb[] = [];
  const decorate = (store: Store) =>
    faulty(store, bench.rig.runtime, (_, verb) => {
      if (!counting) return undefined;
      count += 1;
      if (count - 1 !== nth) return undefined;
      hit.push(verb);
      return fault;
    });
  const { coord } = await bench.coord({}, decorate);
  counting = true;
  return { coord, hit };
}

async function assertFree(bench: Bench, watcher: Coord): Promise<void> {
  await bench.eventually(
    "nothing to be left in line",
    async () => (await watcher.store.list("m")).entries.length === 0,
    bench.rig.ttlMs * 3,
  );
}

const repairable: readonly Fault[] = ["lose-request", "lose-reply", "disconnect", { delayMs: 30 }];

/** Each call of a lock's life fails once, in each way: rules 9, 12, 16 and the lost reply. */
export const faultCases: readonly Case[] = [
  {
    title: "faults: whichever call of acquire and release fails once, the lock is had and given back, once",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (const fault of repairable) {
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord, hit } = await troubledClient(bench, fault, nth);
          const hold = await new Mutex(coord, "m").acquire({ waitMs: 10_000 });
          assert.equal((await watcher.store.list("m")).entries.length, 1);
          assert.equal((await new Mutex(watcher, "m").inspect()).holder?.token, hold.fencingToken);
          assert.equal(await hold.release(), "released");
          assert.deepEqual((await watcher.store.list("m")).entries, []);
          assert.equal(hit.length, nth < 2 ? 1 : 0);
          await coord.close();
        }
      }
    },
  },
  {
    title: "faults: an answer that nobody understands is told, and the place that it may have made is given up",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const odd = new Error("an answer that nobody understands");
      let broken = true;
      const { coord } = await bench.coord({}, (store) => ({
        ...store,
        contend: async (line, ticket, options) => {
          const place = await store.contend(line, ticket, options);
          if (!broken) return place;
          broken = false;
          throw odd;
        },
      }));
      await assert.rejects(new Mutex(coord, "m").acquire(), (error) => error === odd);
      await assertFree(bench, watcher);
    },
  },
  {
    title: "faults: whichever call of a cancelled wait fails once, nothing is left in line",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const hold = await new Mutex(watcher, "m").acquire();
      for (const fault of [...repairable, "expire"] as const) {
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const cancel = new AbortController();
          const wait = new Mutex(coord, "m").acquire({ signal: cancel.signal }).then(
            (granted: Hold) => granted.release(),
            (error) => error,
          );
          await bench.pause(nth * 5);
          cancel.abort("enough");
          const ended = await wait;
          assert.ok(ended === "enough" || CoordError.is(ended, "SESSION_LOST", "LOCK_LOST"), String(ended));
          await bench.eventually(
            "only the holder to be left",
            async () => (await watcher.store.list("m")).entries.length === 1,
            bench.rig.ttlMs * 3,
          );
          await coord.close();
        }
      }
      assert.equal(await hold.release(), "released");
      await assertFree(bench, watcher);
    },
  },
  {
    title:
      "faults: a session that ends under any call of acquire and release leaves a free lock, and no hold that lasts",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (let nth = 0; nth < 3; nth += 1) {
        const { coord } = await troubledClient(bench, "expire", nth);
        const hold = await new Mutex(coord, "m").acquire({ waitMs: 10_000 }).catch((error) => error);
        if (CoordError.is(hold)) assert.equal(hold.code, "SESSION_LOST");
        else await (hold as Hold).release();
        await assertFree(bench, watcher);
        await (await new Mutex(coord, "m").acquire({ waitMs: 10_000, requeue: true })).release();
        await coord.close();
      }
    },
  },
  {
    title: "faults: the calls of one client keep their order, whichever of them has to be repeated",
    async run(bench) {
      for (let nth = 0; nth < 4; nth += 1) {
        const { coord } = await troubledClient(bench, "lose-request", nth);
        const order: number[] = [];
        const mutex = new Mutex(coord, "m");
        await Promise.all([0, 1, 2, 3].map((index) => mutex.run(() => order.push(index))));
        assert.deepEqual(order, [0, 1, 2, 3]);
        await coord.close();
      }
    },
  },
  {
    title: "mutex: an uncontended acquire costs one request, and so does its release",
    async run(bench) {
      const requests: FaultyVerb[] = [];
      const { coord } = await bench.coord({}, (store) =>
        faulty(store, bench.rig.runtime, (_, verb) => {
          requests.push(verb);
          return undefined;
        }),
      );
      requests.length = 0;
      const hold = await new Mutex(coord, "m").acquire();
      await hold.release();
      assert.deepEqual(requests, ["contend", "commit"]);
    },
  },
  {
    title: "mutex: a release wakes one waiter, and a waiter that leaves wakes the one behind it",
    async run(bench) {
      let wakes = 0;
      const counting = (store: Store): Store => ({
        ...store,
        async *follow(place, blockers, options) {
          for await (const standing of store.follow(place, blockers, options)) {
            wakes += 1;
            yield standing;
          }
        },
      });
      const { coord: holder } = await bench.coord();
      const { coord } = await bench.coord({}, counting);
      const hold = await new Mutex(holder, "m").acquire();
      const leaver = new AbortController();
      const released: (() => Promise<unknown>)[] = [];
      const waits = Array.from({ length: 20 }, (_, index) =>
        new Mutex(coord, "m")
          .acquire(index === 10 ? { signal: leaver.signal } : {})
          .then((granted) => released.push(granted.release)),
      );
      waits[10]?.catch(() => {});
      const inLine = (count: number) =>
        bench.eventually(
          `${count} in line`,
          async () => (await new Mutex(holder, "m").inspect()).waiters.length === count,
        );
      await inLine(20);
      await bench.pause(bench.rig.promptMs);
      wakes = 0;
      await hold.release();
      await bench.eventually("the first to be let in", () => released.length === 1);
      await bench.pause(bench.rig.promptMs);
      assert.equal(wakes, 1);
      wakes = 0;
      leaver.abort("enough");
      await inLine(18);
      await bench.pause(bench.rig.promptMs);
      assert.equal(wakes, 1);
      for (let index = 0; index < 19; index += 1) {
        const release = await bench.eventually("the next", () => released[index]);
        await release();
      }
    },
  },
];
