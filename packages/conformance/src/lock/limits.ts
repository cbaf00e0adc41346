import assert from "node:assert/strict";
import { CoordError, type Hold, type LimitMismatchError } from "@coord/core";
import { Semaphore } from "@coord/lock";
import type { Case } from "../rig.ts";
import { contenders } from "./kinds.ts";
import { semaphores, waiting } from "./semaphore.ts";

/** How many permits there are, as all agree: rule 21. */
export const limitCases: readonly Case[] = [
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
];
