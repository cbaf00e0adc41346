import assert from "node:assert/strict";
import { CoordError, SessionLostError } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Case } from "../rig.ts";
import { held, outcome } from "./waiting.ts";

/** A wait that the store or the session breaks into: rules 6 and 12. */
export const interruptedCases: readonly Case[] = [
  {
    title: "mutex: a waiter keeps its place while suspended",
    async run(bench) {
      const { hold, waiters } = await held(bench);
      const { coord, network } = await bench.coord();
      const { coord: later } = await bench.coord();
      const order: string[] = [];
      const first = new Mutex(coord, "m").run(() => order.push("first"));
      await bench.eventually("the first waiter", async () => (await waiters()) === 1);
      network.refuse();
      const second = new Mutex(later, "m").run(() => order.push("second"));
      await bench.eventually("the second waiter", async () => (await waiters()) === 2);
      await hold.release();
      await bench.pause(bench.rig.ttlMs / 5);
      network.heal();
      await Promise.all([first, second]);
      assert.deepEqual(order, ["first", "second"]);
    },
  },
  {
    title: "mutex: a waiter's time runs on while it is suspended",
    async run(bench) {
      await held(bench);
      const { coord, network } = await bench.coord();
      const startMs = bench.rig.runtime.now();
      const ended = outcome(new Mutex(coord, "m").acquire({ waitMs: bench.rig.ttlMs / 2 }));
      await bench.pause(bench.rig.promptMs);
      network.stall();
      assert.ok(CoordError.is(await ended, "LOCK_TIMEOUT"));
      assert.ok(bench.rig.runtime.now() - startMs < bench.rig.ttlMs * 0.8);
      network.heal();
    },
  },
  {
    title: "mutex: a waiter whose session is lost rejects with SessionLostError",
    async run(bench) {
      await held(bench);
      const { coord, network } = await bench.coord();
      const ended = outcome(new Mutex(coord, "m").acquire());
      await bench.pause(bench.rig.promptMs);
      network.stall();
      const error = await bench.within(bench.rig.ttlMs + bench.rig.promptMs, "the end", ended);
      assert.ok(CoordError.is(error, "SESSION_LOST"), String(error));
      network.heal();
    },
  },
  {
    title: "mutex: with `requeue` a waiter whose session is lost stands in line again, with the time that is left",
    async run(bench) {
      const { coord: holder, hold } = await held(bench);
      const { coord } = await bench.coord();
      const wait = new Mutex(coord, "m").acquire({ requeue: true, waitMs: 60_000 });
      wait.catch(() => {});
      await bench.eventually("the waiter", async () => (await new Mutex(holder, "m").inspect()).waiters.length === 1);
      const before = coord.status().session?.id ?? "";
      await bench.rig.expire(before);
      await bench.eventually("the new session", () => ![undefined, before].includes(coord.status().session?.id));
      await bench.eventually(
        "the waiter again",
        async () => (await new Mutex(holder, "m").inspect()).waiters.length === 1,
      );
      await hold.release();
      await (await wait).release();
      const again = await new Mutex(holder, "m").acquire();
      const startMs = bench.rig.runtime.now();
      const timed = outcome(new Mutex(coord, "m").acquire({ requeue: true, waitMs: 1_000 }));
      await bench.pause(300);
      await bench.rig.expire(coord.status().session?.id ?? "");
      assert.ok(CoordError.is(await timed, "LOCK_TIMEOUT"));
      assert.ok(bench.rig.runtime.now() - startMs < 1_000 + bench.rig.promptMs);
      await again.release();
    },
  },
  {
    title: "mutex: with `requeue` the caller's own reason ends the wait, also one that looks like a session's loss",
    async run(bench) {
      await held(bench);
      const { coord } = await bench.coord();
      const cancel = new AbortController();
      const ended = outcome(new Mutex(coord, "m").acquire({ requeue: true, signal: cancel.signal }));
      await bench.pause(bench.rig.promptMs);
      const reason = new SessionLostError("expired", "of somebody else");
      cancel.abort(reason);
      assert.equal(await bench.within(bench.rig.promptMs, "the end", ended), reason);
    },
  },
  {
    title: "mutex: a waiter whose entry is removed by somebody else is told, never let in, and in nobody's way",
    async run(bench) {
      const { coord, hold, waiters } = await held(bench);
      const { coord: other } = await bench.coord();
      const { coord: third } = await bench.coord();
      const ended = outcome(new Mutex(other, "m").acquire());
      await bench.eventually("the waiter", async () => (await waiters()) === 1);
      const next = new Mutex(third, "m").acquire();
      await bench.eventually("the next waiter", async () => (await waiters()) === 2);
      const { entries } = await coord.store.list("m");
      const second = [...entries].sort((a, b) => Number(a.order - b.order))[1];
      assert.ok(second);
      await coord.store.commit({ writes: [{ remove: second.key }] });
      const error = await bench.within(2_000, "the end", ended);
      assert.ok(CoordError.is(error, "LOCK_LOST"), String(error));
      await hold.release();
      await (await bench.within(2_000, "the next one's turn", next)).release();
    },
  },
  {
    title: "mutex: a waiter whose session ends while it sleeps in line is never let in",
    async run(bench) {
      const { hold, coord: watcher } = await held(bench);
      const { coord, network } = await bench.coord();
      const ended = outcome(new Mutex(coord, "m").acquire());
      await bench.eventually("the waiter", async () => (await new Mutex(watcher, "m").inspect()).waiters.length === 1);
      network.stall();
      await bench.rig.expire(coord.status().session?.id ?? "");
      await hold.release();
      network.heal();
      const error = await bench.within(bench.rig.ttlMs * 2, "the end", ended);
      assert.ok(CoordError.is(error, "SESSION_LOST", "LOCK_LOST"), String(error));
    },
  },
];
