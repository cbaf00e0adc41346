import assert from "node:assert/strict";
import { type Coord, CoordError, type Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Bench, Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { contenders, type LockKind, lockKinds } from "./kinds.ts";

async function assertFree(bench: Bench, watcher: Coord): Promise<void> {
  await bench.eventually(
    "nothing to be left in line",
    async () => (await contenders(watcher)) === 0,
    bench.rig.ttlMs * 3,
  );
}

/** The requests of a first acquire and release: a semaphore agrees on its limit before. */
const calls = (what: string) => (what === "semaphore" ? 6 : 3);

const troubledLifeOf = ({ what, make, rival }: LockKind): readonly Case[] => [
  {
    title: `faults: whichever call of acquire and release fails once, a ${what} is had and given back, once`,
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (const fault of repairable) {
        for (let nth = 0; nth < calls(what); nth += 1) {
          const { coord, hit } = await troubledClient(bench, fault, nth);
          const hold = await make(coord).acquire({ waitMs: 10_000 });
          const { entries } = await watcher.store.list("m");
          assert.deepEqual(
            entries.flatMap(({ session, order }) => (session === undefined ? [] : [order])),
            [hold.fencingToken],
          );
          assert.equal(await rival(watcher).tryAcquire(), null);
          assert.equal(await hold.release(), "released");
          assert.equal(await contenders(watcher), 0);
          if (nth < 2) assert.equal(hit.length, 1);
          await coord.close();
        }
      }
    },
  },
  {
    title: `faults: whichever call of a cancelled wait for a ${what} fails once, nothing is left in line`,
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const hold = await rival(watcher).acquire();
      for (const fault of [...repairable, "expire"] as const) {
        for (let nth = 0; nth < calls(what); nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const cancel = new AbortController();
          const wait = make(coord)
            .acquire({ signal: cancel.signal })
            .then(
              (granted: Hold) => granted.release(),
              (error) => error,
            );
          await bench.pause(nth * 5);
          cancel.abort("enough");
          const ended = await wait;
          assert.ok(ended === "enough" || CoordError.is(ended, "SESSION_LOST", "LOCK_LOST"), String(ended));
          await bench.eventually(
            "only the holder to be left",
            async () => (await contenders(watcher)) === 1,
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
    title: `faults: a session that ends under any call of acquire and release leaves a free ${what}, and no hold that lasts`,
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (let nth = 0; nth < calls(what); nth += 1) {
        const { coord } = await troubledClient(bench, "expire", nth);
        const hold = await make(coord)
          .acquire({ waitMs: 10_000 })
          .catch((error) => error);
        if (CoordError.is(hold)) assert.equal(hold.code, "SESSION_LOST");
        else await (hold as Hold).release();
        await assertFree(bench, watcher);
        await (await make(coord).acquire({ waitMs: 10_000, requeue: true })).release();
        await coord.close();
      }
    },
  },
];

/** Each call of a lock's life fails once, in each way: rules 9, 12, 16 and the lost reply. */
export const faultCases: readonly Case[] = [
  ...lockKinds.flatMap(troubledLifeOf),
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
];
