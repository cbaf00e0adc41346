import assert from "node:assert/strict";
import { CoordError, type Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Case } from "../rig.ts";

/** One inside the other, on purpose or by mistake: rule 17. */
export const nestingCases: readonly Case[] = [
  {
    title: "mutex: `within` nests on purpose: the same token, given back when both are released, lost together",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      const outer = await mutex.acquire();
      const inner = await mutex.acquire({ within: outer });
      assert.equal(inner.fencingToken, outer.fencingToken);
      await inner.release();
      outer.check();
      assert.equal((await mutex.inspect()).holder?.token, outer.fencingToken);
      const again = await mutex.acquire({ within: outer });
      await outer.release();
      again.check();
      assert.equal((await mutex.inspect()).holder?.token, outer.fencingToken);
      await bench.rig.expire(coord.status().session?.id ?? "");
      await bench.eventually("the nested hold to be lost", () => again.signal.aborted, 2_000);
      assert.equal(await again.release(), "lost");
    },
  },
  {
    title: "mutex: `within` a released hold, or one of another lock, is refused",
    async run(bench) {
      const { coord } = await bench.coord();
      const other = await new Mutex(coord, "other").acquire();
      await assert.rejects(
        new Mutex(coord, "m").acquire({ within: other }),
        (error) => CoordError.is(error, "USAGE") && /"m"/.test(error.message),
      );
      await other.release();
      await assert.rejects(new Mutex(coord, "other").acquire({ within: other }), (error) =>
        CoordError.is(error, "LOCK_LOST"),
      );
    },
  },
  {
    title: "mutex: `within` a hold of another client, or something that is no hold, is refused",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(other, "m").acquire();
      for (const within of [hold, { name: "m" } as Hold]) {
        await assert.rejects(new Mutex(coord, "m").acquire({ within }), (error) => CoordError.is(error, "USAGE"));
      }
      await hold.release();
    },
  },
  {
    title: "mutex: another client's lock of the same name, and one that was given back early, are no deadlock",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      await new Mutex(coord, "m").run(async (hold) => {
        await assert.rejects(new Mutex(other, "m").acquire({ waitMs: 50 }), (error) =>
          CoordError.is(error, "LOCK_TIMEOUT"),
        );
        await hold.release();
        await (await new Mutex(coord, "m").acquire({ waitMs: 5_000 })).release();
      });
    },
  },
  {
    title: "mutex: a nested acquire in the same flow of control is a DeadlockError at once, and in another flow is not",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      const isDeadlock = (error: unknown) => CoordError.is(error, "DEADLOCK") && /within/.test(error.message);
      let background: Promise<unknown> = Promise.resolve();
      let start = () => {};
      const started = new Promise<void>((resolve) => {
        start = resolve;
      });
      await mutex.run(async (hold) => {
        await assert.rejects(mutex.acquire(), isDeadlock);
        await assert.rejects(
          new Mutex(coord, "m").run(() => {}),
          isDeadlock,
        );
        assert.deepEqual(await mutex.tryRun(() => {}), { ran: false });
        assert.equal(await mutex.run(() => "nested", { within: hold }), "nested");
        await new Mutex(coord, "other").run(() => {});
        background = started.then(() => mutex.run(() => "later"));
      });
      start();
      assert.equal(await background, "later");
    },
  },
];
