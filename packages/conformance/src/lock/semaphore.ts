import assert from "node:assert/strict";
import { CoordError, type Hold } from "@coord/core";
import { Mutex, Semaphore } from "@coord/lock";
import { type Bench, bytes, type Case } from "../rig.ts";

export async function semaphores(bench: Bench, permits: number) {
  const clients = await Promise.all([bench.coord(), bench.coord()]);
  const [one, other] = clients.map(({ coord }) => new Semaphore(coord, "m", { permits }));
  assert.ok(one && other);
  return { one, other, coord: clients[0].coord };
}

export const waiting = (bench: Bench, semaphore: Semaphore, count: number) =>
  bench.eventually(`${count} waiters`, async () => (await semaphore.inspect()).waiters.length === count);

/** Permits and weights: rule 21. */
export const semaphoreCases: readonly Case[] = [
  {
    title: "semaphore: never more than its permits are held, and all of them are",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      let inside = 0;
      let most = 0;
      await Promise.all(
        clients.flatMap(({ coord }) => {
          const semaphore = new Semaphore(coord, "m", { permits: 4 });
          return [1, 2, 1, 3, 1, 1].map((weight) =>
            semaphore.run(
              async (hold) => {
                inside += hold.weight;
                most = Math.max(most, inside);
                assert.ok(inside <= 4, `${inside} permits are held`);
                await bench.pause(20);
                inside -= hold.weight;
              },
              { weight },
            ),
          );
        }),
      );
      assert.equal(most, 4);
    },
  },
  {
    title: "semaphore: who asks for more than is free is not overtaken by those behind who ask for less",
    async run(bench) {
      const { one, other } = await semaphores(bench, 3);
      const two = await one.acquire({ weight: 2 });
      const order: string[] = [];
      const large = other.acquire({ weight: 2 }).then((hold) => {
        order.push("large");
        return hold;
      });
      await waiting(bench, one, 1);
      assert.equal(await one.tryAcquire(), null);
      const small = one.acquire().then((hold) => {
        order.push("small");
        return hold;
      });
      await waiting(bench, one, 2);
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(order, []);
      await two.release();
      const holds = await Promise.all([large, small]);
      assert.deepEqual([...order].sort(), ["large", "small"]);
      for (const hold of holds) await hold.release();
    },
  },
  {
    title: "semaphore: permits that come back in any order let in whoever is next",
    async run(bench) {
      const { one, other } = await semaphores(bench, 3);
      const held = [await one.acquire(), await other.acquire(), await one.acquire()];
      const tokens: bigint[] = [];
      const inside: Hold[] = [];
      const waits: Promise<unknown>[] = [];
      for (let index = 0; index < 6; index += 1) {
        waits.push(
          (index % 2 ? one : other).acquire().then((hold) => {
            tokens.push(hold.fencingToken);
            inside.push(hold);
          }),
        );
        await waiting(bench, one, index + 1);
      }
      for (const [count, index] of [2, 0, 1].entries()) {
        await held[index]?.release();
        await bench.eventually("the next", () => inside.length === count + 1, 5_000);
      }
      await bench.pause(bench.rig.promptMs);
      assert.equal(inside.length, 3);
      await inside[1]?.release();
      await bench.eventually("the fourth", () => inside.length === 4, 5_000);
      await inside[3]?.release();
      await bench.eventually("the fifth", () => inside.length === 5, 5_000);
      await inside[0]?.release();
      await Promise.all(waits);
      assert.deepEqual(
        tokens,
        [...tokens].sort((a, b) => Number(a - b)),
      );
      for (const hold of inside) await hold.release();
    },
  },
  {
    title: "semaphore: what a holder that died held comes back",
    async run(bench) {
      const { one } = await semaphores(bench, 3);
      const { coord } = await bench.coord();
      await new Semaphore(coord, "m", { permits: 3 }).acquire({ weight: 2 });
      const next = one.acquire({ weight: 3 });
      await waiting(bench, one, 1);
      await bench.rig.expire(coord.status().session?.id ?? "");
      const hold = await bench.within(bench.rig.ttlMs * 2, "the permits", next);
      assert.equal(hold.weight, 3);
      await hold.release();
    },
  },
  {
    title: "semaphore: permits can be had one inside the other, but not more than would ever come free",
    async run(bench) {
      const { one } = await semaphores(bench, 2);
      await one.run(async (hold) => {
        await one.run(async () => {
          await assert.rejects(one.acquire(), (error) => CoordError.is(error, "DEADLOCK"));
        });
        await assert.rejects(one.acquire({ weight: 2 }), (error) => CoordError.is(error, "DEADLOCK"));
        const beside = () => one.run(() => "beside", { waitMs: 5_000 }); // what is nested takes nothing
        assert.equal(await one.run(beside, { within: hold }), "beside");
        await one.run((nested) => assert.equal(nested.fencingToken, hold.fencingToken), { within: hold });
        await assert.rejects(
          one.acquire({ within: hold, weight: 2 }),
          (error) => CoordError.is(error, "USAGE") && /what is nested shares the 1 permits/.test(error.message),
        );
      });
    },
  },
  {
    title: "semaphore: whether a flow of control waits for itself is decided by the limit as it is, not as it was",
    async run(bench) {
      const { one, other, coord } = await semaphores(bench, 2);
      const isDeadlock = (error: unknown) => CoordError.is(error, "DEADLOCK");
      await (await other.acquire()).release(); // while the limit is the one that it was made with
      await one.run(async () => {
        assert.equal(await new Semaphore(coord, "m").run(() => "beside", { waitMs: 5_000 }), "beside");
        await other.setLimit(1);
        await assert.rejects(one.acquire({ waitMs: 5_000 }), isDeadlock);
        await other.setLimit(3);
        await one.run(
          async () => {
            const third = await other.acquire({ waitMs: 5_000 });
            const waits = one.acquire({ waitMs: 10_000 });
            await waiting(bench, other, 1);
            await Promise.all([assert.rejects(waits, isDeadlock), other.setLimit(2)]);
            await third.release();
          },
          { waitMs: 5_000 },
        );
      });
    },
  },
  {
    title: "semaphore: a name that is in use as something else is a TypeConflictError, also where the limit should be",
    async run(bench) {
      const { one, coord } = await semaphores(bench, 2);
      const hold = await new Mutex(coord, "m").acquire();
      await assert.rejects(one.acquire({ waitMs: 5_000 }), (error) => CoordError.is(error, "TYPE_CONFLICT"));
      await hold.release();
      await coord.store.commit({ writes: [{ create: "n/limit", value: bytes("many") }] });
      await assert.rejects(new Semaphore(coord, "n", { permits: 2 }).acquire(), (error) =>
        CoordError.is(error, "TYPE_CONFLICT"),
      );
    },
  },
  {
    title: "semaphore: inspect() tells the limit, who holds how much and who waits for how much",
    async run(bench) {
      const { one, other } = await semaphores(bench, 12);
      assert.deepEqual(await one.inspect(), { limit: null, holders: [], waiters: [], foreign: 0 });
      const held = await one.acquire({ weight: 10 });
      const next = other.acquire({ weight: 11 });
      await waiting(bench, one, 1);
      const { limit, holders, waiters } = await other.inspect();
      assert.equal(limit, 12);
      assert.deepEqual(
        holders.map(({ weight, token, pid }) => [weight, token, pid]),
        [[10, held.fencingToken, process.pid]],
      );
      assert.deepEqual(
        waiters.map(({ weight }) => weight),
        [11],
      );
      await held.release();
      await (await next).release();
    },
  },
];
