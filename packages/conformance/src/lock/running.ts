import assert from "node:assert/strict";
import { CoordError, type LockLostError } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Case } from "../rig.ts";

/** What `run` and `tryRun` promise: rule 14, and a job that runs once on many machines. */
export const runningCases: readonly Case[] = [
  {
    title: "run: resolves with the body's value and releases",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      assert.equal(
        await mutex.run(async ({ fencingToken, signal, check }) => {
          check();
          assert.equal(signal.aborted, false);
          assert.equal((await mutex.inspect()).holder?.token, fencingToken);
          return 42;
        }),
        42,
      );
      assert.equal((await mutex.inspect()).holder, null);
    },
  },
  {
    title: "run: rejects with the body's own error, also a synchronous one, and releases",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      const mine = new Error("mine");
      for (const body of [
        () => {
          throw mine;
        },
        async () => {
          throw mine;
        },
      ]) {
        await assert.rejects(mutex.run(body), (error) => error === mine);
        assert.equal((await mutex.inspect()).holder, null);
      }
    },
  },
  {
    title: "run: after a loss it waits for the body and then rejects with the loss",
    async run(bench) {
      const { coord } = await bench.coord();
      let ended = false;
      const running = new Mutex(coord, "m").run(async ({ signal }) => {
        await bench.rig.expire(coord.status().session?.id ?? "");
        await bench.eventually("the signal", () => signal.aborted);
        await bench.pause(bench.rig.promptMs);
        ended = true;
        return "done";
      });
      await assert.rejects(running, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.ok(ended);
    },
  },
  {
    title: "run: what the body throws after a loss is kept beside the loss",
    async run(bench) {
      const { coord } = await bench.coord();
      const mine = new Error("mine");
      const running = new Mutex(coord, "m").run(async ({ signal }) => {
        await bench.rig.expire(coord.status().session?.id ?? "");
        await bench.eventually("the signal", () => signal.aborted);
        throw mine;
      });
      await assert.rejects(
        running,
        (error) => CoordError.is(error, "LOCK_LOST") && (error as LockLostError).suppressed === mine,
      );
    },
  },
  {
    title: "run: a release that fails hides neither the body's value nor its error",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const mine = new Error("mine");
      assert.equal(
        await new Mutex(coord, "m").run(() => {
          network.stall();
          return "value";
        }),
        "value",
      );
      network.heal();
      await bench.eventually("a session", () => coord.state === "connected", 15_000);
      await assert.rejects(
        new Mutex(coord, "m").run(() => {
          network.stall();
          throw mine;
        }),
        (error) => error === mine,
      );
      network.heal();
    },
  },
  {
    title: "tryRun: of many that start at once one runs, and the others are told",
    async run(bench) {
      const clients = await Promise.all(Array.from({ length: 5 }, () => bench.coord()));
      const results = await Promise.all(
        clients.map(({ coord }) => new Mutex(coord, "m").tryRun(() => bench.pause(200).then(() => coord.owner))),
      );
      assert.equal(results.filter(({ ran }) => ran).length, 1);
    },
  },
  {
    title: "tryRun: keeps the lock for `holdAtLeastMs`, however early the body ends, also by an error",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      for (const body of [() => "done", () => Promise.reject(new Error("mine"))]) {
        const startMs = bench.rig.runtime.now();
        const ran = new Mutex(coord, "m").tryRun(body, { holdAtLeastMs: 300 });
        ran.catch(() => {});
        await bench.pause(150);
        assert.equal(await new Mutex(other, "m").tryAcquire(), null);
        await ran.catch(() => {});
        assert.ok(bench.rig.runtime.now() - startMs >= 299);
        const next = await new Mutex(other, "m").tryAcquire();
        assert.ok(next);
        await next.release();
      }
    },
  },
];
