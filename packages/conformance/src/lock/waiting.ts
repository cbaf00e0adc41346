import assert from "node:assert/strict";
import { type Coord, CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Bench, Case } from "../rig.ts";

/** A lock that is held by a client of its own, and somebody else's view of it. */
export async function held(bench: Bench) {
  const { coord, network } = await bench.coord();
  const hold = await new Mutex(coord, "m").acquire();
  return { hold, network, coord, waiters: async () => (await new Mutex(coord, "m").inspect()).waiters.length };
}

const left = (bench: Bench, coord: Coord, count: number) =>
  bench.eventually(`${count} entries to be left`, async () => (await coord.store.list("m")).entries.length === count);

export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error) => error,
  );

/** How a wait ends by its caller's will, and what it leaves behind: rules 9, 15 and 16. */
export const waitingCases: readonly Case[] = [
  {
    title: "mutex: a wait that runs out of time throws LockTimeoutError and leaves no entry behind",
    async run(bench) {
      const { coord, hold } = await held(bench);
      const { coord: other } = await bench.coord();
      const startMs = bench.rig.runtime.now();
      const error = await outcome(new Mutex(other, "m").acquire({ waitMs: 100 }));
      const tookMs = bench.rig.runtime.now() - startMs;
      assert.ok(CoordError.is(error, "LOCK_TIMEOUT") && /"m"/.test(error.message), String(error));
      assert.ok(tookMs >= 99 && tookMs < 1_000, `${tookMs} ms`);
      await left(bench, coord, 1);
      hold.check();
    },
  },
  {
    title:
      "mutex: a cancelled wait throws the caller's own reason unchanged, whatever it is, and leaves no entry behind",
    async run(bench) {
      const { coord, waiters } = await held(bench);
      const { coord: other } = await bench.coord();
      for (const reason of [new Error("mine"), "a text", 0]) {
        const cancel = new AbortController();
        const ended = outcome(new Mutex(other, "m").acquire({ signal: cancel.signal }));
        await bench.eventually("the waiter", async () => (await waiters()) === 1);
        cancel.abort(reason);
        assert.equal(await bench.within(bench.rig.promptMs, "the end", ended), reason);
        await left(bench, coord, 1);
      }
    },
  },
  {
    title: "mutex: a signal that is aborted already throws before anything is sent",
    async run(bench) {
      const { coord } = await bench.coord();
      const reason = new Error("mine");
      const signal = AbortSignal.abort(reason);
      assert.equal(await outcome(new Mutex(coord, "m").acquire({ signal })), reason);
      assert.equal(await outcome(new Mutex(coord, "m").tryAcquire({ signal })), reason);
      assert.deepEqual((await coord.store.list("m")).entries, []);
    },
  },
  {
    title: "mutex: a wait that is cancelled while the answer to its request is lost leaves no entry behind",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const { coord, network } = await bench.coord();
      const cancel = new AbortController();
      network.stall("replies");
      const ended = outcome(new Mutex(coord, "m").acquire({ signal: cancel.signal }));
      await left(bench, watcher, 1);
      cancel.abort("enough");
      assert.equal(await ended, "enough");
      network.reset();
      network.heal();
      await left(bench, watcher, 0);
      await bench.pause(300);
      await left(bench, watcher, 0);
    },
  },
  {
    title: "mutex: a wait that is cancelled while the store is out of reach leaves no entry behind once it is back",
    async run(bench) {
      const { coord: watcher, waiters } = await held(bench);
      const { coord, network } = await bench.coord();
      const cancel = new AbortController();
      const ended = outcome(new Mutex(coord, "m").acquire({ signal: cancel.signal }));
      await bench.eventually("the waiter", async () => (await waiters()) === 1);
      network.stall();
      cancel.abort("enough");
      assert.equal(await bench.within(bench.rig.promptMs, "the end", ended), "enough");
      network.reset();
      await bench.pause(bench.rig.promptMs);
      network.heal();
      await left(bench, watcher, 1);
    },
  },
  {
    title: "mutex: cancelled before its request was sent, nothing is sent",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: watcher } = await bench.coord();
      const cancel = new AbortController();
      const ended = outcome(new Mutex(coord, "m").acquire({ signal: cancel.signal }));
      cancel.abort("enough");
      assert.equal(await ended, "enough");
      await bench.pause(bench.rig.promptMs);
      await left(bench, watcher, 0);
    },
  },
  {
    title: "mutex: cancelled and granted in the same instant is one of the two, and the lock is free afterwards",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      for (let offset = 0; offset < 40; offset += 1) {
        const holder = await new Mutex(coord, "m").acquire();
        const cancel = new AbortController();
        const wait = new Mutex(other, "m").acquire({ signal: cancel.signal }).then(
          async (hold) => {
            assert.equal(cancel.signal.aborted && hold.signal.aborted, false);
            await hold.release();
            return "granted";
          },
          (error) => error,
        );
        const released = holder.release();
        bench.rig.runtime.timer(offset / 8, () => cancel.abort("cancelled"));
        assert.ok(["granted", "cancelled"].includes(await wait));
        await released;
        const next = await new Mutex(coord, "m").acquire({ waitMs: 5_000 });
        await next.release();
      }
    },
  },
  {
    title: "mutex: cancelled while the answer to its request is at hand, it is cancelled and leaves no entry behind",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const reason = new Error("mine");
      let cancel = new AbortController();
      const { coord } = await bench.coord({}, (store) => ({
        ...store,
        contend: async (line, ticket, options) => {
          const place = await store.contend(line, ticket, options);
          cancel.abort(reason);
          return place;
        },
      }));
      const hold = await new Mutex(watcher, "m").acquire();
      for (const entriesLeft of [1, 0]) {
        for (const ask of ["acquire", "tryAcquire"] as const) {
          cancel = new AbortController();
          assert.equal(await outcome(new Mutex(coord, "m")[ask]({ signal: cancel.signal })), reason);
          await left(bench, watcher, entriesLeft);
        }
        await hold.release();
      }
    },
  },
  {
    title: "mutex: bad limits are refused with what was wrong",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      for (const waitMs of [-1, Number.NaN, "5" as unknown as number]) {
        await assert.rejects(
          mutex.acquire({ waitMs }),
          (error) => CoordError.is(error, "USAGE") && /waitMs/.test(error.message),
        );
      }
      await assert.rejects(
        mutex.acquire({ signal: new AbortController() as unknown as AbortSignal }),
        (error) => CoordError.is(error, "USAGE") && /signal/.test(error.message),
      );
      await assert.rejects(
        mutex.tryRun(() => {}, { holdAtLeastMs: -5 }),
        (error) => CoordError.is(error, "USAGE") && /holdAtLeastMs/.test(error.message),
      );
    },
  },
];
