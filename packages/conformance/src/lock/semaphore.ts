import assert from "node:assert/strict";
import { CoordError, type Hold, type LimitMismatchError } from "@coord/core";
import { Mutex, Semaphore } from "@coord/lock";
import { type Bench, bytes, type Case } from "../rig.ts";
import { contenders } from "./kinds.ts";

async function semaphores(bench: Bench, permits: number) {
  const clients = await Promise.all([bench.coord(), bench.coord()]);
  const [one, other] = clients.map(({ coord }) => new Semaphore(coord, "m", { permits }));
  assert.ok(one && other);
  return { one, other, coord: clients[0].coord };
}

const waiting = (bench: Bench, semaphore: Semaphore, count: number) =>
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
    title: "semaphore: the limit is stored with the name, and another one is a LimitMismatchError that names both",
    async run(bench) {
      const { one, coord } = await semaphores(bench, 3);
      await (await one.acquire()).release();
      const wrong = await new Semaphore(coord, "m", { permits: 5 }).acquire().catch((error) => error);
      assert.ok(CoordError.is(wrong, "LIMIT_MISMATCH") && /"m".*3.*5/.test(wrong.message), String(wrong));
      assert.deepEqual([(wrong as LimitMismatchError).expected, (wrong as LimitMismatchError).actual], [5, 3]);
      assert.equal(await contenders(coord), 0);
      const unsaid = new Semaphore(coord, "m");
      await (await unsaid.acquire({ weight: 3 })).release();
      await assert.rejects(
        new Semaphore(coord, "new").acquire(),
        (error) => CoordError.is(error, "USAGE") && /permits/.test(error.message),
      );
    },
  },
  {
    title: "semaphore: of two that begin at once with different limits one is refused",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord()]);
      const outcomes = await Promise.allSettled(
        clients.map(({ coord }, index) => new Semaphore(coord, "m", { permits: 2 + index }).acquire()),
      );
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      const refused = outcomes.find(({ status }) => status === "rejected");
      assert.ok(CoordError.is((refused as PromiseRejectedResult).reason, "LIMIT_MISMATCH"));
    },
  },
  {
    title: "semaphore: setLimit raises it and lets in who waits, in every client",
    async run(bench) {
      const { one, other } = await semaphores(bench, 1);
      const first = await one.acquire();
      const inside: Hold[] = [];
      const waits = [other, other, one].map((semaphore) => semaphore.acquire().then((hold) => inside.push(hold)));
      await waiting(bench, one, 3);
      await other.setLimit(3);
      await bench.eventually("two to be let in", () => inside.length === 2, 5_000);
      assert.equal((await one.inspect()).limit, 3);
      await waiting(bench, one, 1);
      await first.release();
      await Promise.all(waits);
      for (const hold of inside) await hold.release();
      await (await one.acquire({ weight: 3, waitMs: 5_000 })).release();
    },
  },
  {
    title: "semaphore: setLimit lowers it, revokes nobody, and lets nobody in until there is room",
    async run(bench) {
      const { one, other } = await semaphores(bench, 3);
      const held = [await one.acquire(), await one.acquire(), await other.acquire()];
      const next = other.acquire();
      await waiting(bench, one, 1);
      await one.setLimit(1);
      for (const hold of held) hold.check();
      assert.equal(await other.tryAcquire(), null);
      let let_in = false;
      void next.then(() => (let_in = true));
      await held[0]?.release();
      await held[1]?.release();
      await bench.pause(bench.rig.promptMs);
      assert.equal(let_in, false);
      await held[2]?.release();
      await (await bench.within(5_000, "being let in", next)).release();
    },
  },
  {
    title: "semaphore: a limit that was lowered counts for the next acquire of every client",
    async run(bench) {
      const { one, other } = await semaphores(bench, 4);
      await (await other.acquire()).release();
      const held = await one.acquire({ weight: 2 });
      await one.setLimit(2);
      assert.equal(await other.tryAcquire(), null);
      assert.equal(await other.tryAcquire({ weight: 2 }), null);
      await held.release();
      await (await other.acquire({ weight: 2 })).release();
    },
  },
  {
    title: "semaphore: who asks for more than there are is refused at once, and so is a waiter for whom it was lowered",
    async run(bench) {
      const { one, other, coord } = await semaphores(bench, 3);
      const isTooMuch = (error: unknown) => CoordError.is(error, "USAGE") && /weight/.test(error.message);
      await assert.rejects(one.acquire({ weight: 4 }), isTooMuch);
      const held = await one.acquire();
      const large = other.acquire({ weight: 3 });
      large.catch(() => {});
      await waiting(bench, one, 1);
      await one.setLimit(2);
      await assert.rejects(bench.within(5_000, "the refusal", large), isTooMuch);
      await bench.eventually("nothing to be left", async () => (await contenders(coord)) === 1);
      for (const weight of [0, -1, 1.5, Number.NaN])
        await assert.rejects(one.acquire({ weight }), (error) => CoordError.is(error, "USAGE"));
      for (const permits of [0, -1, 1.5]) {
        assert.throws(
          () => new Semaphore(coord, "m", { permits }),
          (error) => CoordError.is(error, "USAGE"),
        );
        await assert.rejects(one.setLimit(permits), (error) => CoordError.is(error, "USAGE"));
      }
      await held.release();
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
        await one.run((nested) => assert.equal(nested.fencingToken, hold.fencingToken), { within: hold });
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
      assert.deepEqual(await one.inspect(), { limit: null, holders: [], waiters: [] });
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
