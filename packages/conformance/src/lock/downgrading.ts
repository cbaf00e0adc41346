import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { ReadWriteLock } from "@coord/lock";
import { faulty } from "../faulty.ts";
import type { Case } from "../rig.ts";
import { contenders } from "./kinds.ts";
import { isDeadlock, pair } from "./read-write.ts";
import { outcome } from "./waiting.ts";

/** From write to read, and not back: rule 20. */
export const downgradingCases: readonly Case[] = [
  {
    title: "read-write lock: a downgrade lets readers in at once, and no writer before the hold is released",
    async run(bench) {
      const { one, other, coord } = await pair(bench);
      const writing = await one.write.acquire();
      const order: string[] = [];
      const reader = other.read.acquire().then((hold) => {
        order.push("reader");
        return hold;
      });
      await bench.eventually("the reader", async () => (await contenders(coord)) === 2);
      const writer = other.write.acquire().then((hold) => {
        order.push("writer");
        return hold;
      });
      await bench.eventually("the writer", async () => (await contenders(coord)) === 3);
      const reading = await writing.downgrade();
      assert.equal(reading.fencingToken, writing.fencingToken);
      assert.throws(writing.check, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.equal(await writing.release(), "released");
      const beside = await bench.within(5_000, "the reader's turn", reader);
      assert.deepEqual(order, ["reader"]);
      reading.check();
      await beside.release();
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(order, ["reader"]);
      assert.equal((await one.inspect()).readers[0]?.token, reading.fencingToken);
      assert.equal(await reading.release(), "released");
      await (await bench.within(5_000, "the writer's turn", writer)).release();
      assert.equal(await contenders(coord), 0);
    },
  },
  {
    title: "read-write lock: whoever comes after a downgrade reads beside it, by trying too, and can't write",
    async run(bench) {
      const { one, other } = await pair(bench);
      const reading = await (await one.write.acquire()).downgrade();
      const beside = await other.read.tryAcquire();
      assert.ok(beside);
      assert.equal(await other.write.tryAcquire(), null);
      await reading.release();
      assert.equal(await other.write.tryAcquire(), null);
      await beside.release();
      await (await other.write.acquire({ waitMs: 5_000 })).release();
    },
  },
  {
    title: "read-write lock: a downgrade whose answer is lost happens once and is told in the end",
    async run(bench) {
      const { one, other, network } = await pair(bench);
      const writing = await one.write.acquire();
      const waiting = other.read.acquire();
      network.stall("replies");
      const downgrading = writing.downgrade();
      await bench.pause(bench.rig.promptMs);
      network.reset();
      network.heal();
      const reading = await bench.within(bench.rig.ttlMs * 3, "the downgrade", downgrading);
      await (await bench.within(5_000, "the reader's turn", waiting)).release();
      reading.check();
      assert.equal(await reading.release(), "released");
    },
  },
  {
    title:
      "read-write lock: a downgrade of which nobody knows whether it was written gives the hold back: nobody may write beside readers",
    async run(bench) {
      const odd = new Error("an answer that nobody understands");
      let broken = false;
      const { coord } = await bench.coord({}, (store) => ({
        ...store,
        commit: async (commit, options) => {
          const committed = await store.commit(commit, options);
          if (!broken) return committed;
          broken = false;
          throw odd;
        },
      }));
      const { coord: watcher } = await bench.coord();
      const other = new ReadWriteLock(watcher, "m");
      const writing = await new ReadWriteLock(coord, "m").write.acquire();
      const waiting = other.read.acquire();
      await bench.eventually("the reader", async () => (await contenders(watcher)) === 2);
      broken = true;
      await assert.rejects(writing.downgrade(), (error) => error === odd);
      assert.throws(writing.check, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.equal(await writing.release(), "released");
      await (await bench.within(5_000, "the reader's turn", waiting)).release();
      await (await other.write.acquire({ waitMs: 5_000 })).release();
      assert.equal(await contenders(watcher), 0);
    },
  },
  {
    title:
      "read-write lock: a hold that is lost while it is downgraded is told as lost, and not as the last attempt failed",
    async run(bench) {
      for (const verbs of [["commit"], ["commit", "get"]]) {
        let refusing = false;
        const { coord } = await bench.coord({}, (store) =>
          faulty(store, bench.rig.runtime, (_, verb) =>
            refusing && verbs.includes(verb) ? "lose-request" : undefined,
          ),
        );
        const writing = await new ReadWriteLock(coord, "m").write.acquire({ waitMs: 5_000 });
        refusing = true;
        const downgrading = outcome(writing.downgrade());
        await bench.pause(50);
        await bench.rig.expire(coord.status().session?.id ?? "");
        const loss = await bench.within(bench.rig.ttlMs + 5_000, "the end", downgrading);
        assert.ok(CoordError.is(loss, "LOCK_LOST"), String(loss));
        assert.equal(loss, writing.loss);
        assert.equal(await writing.release(), "lost");
      }
    },
  },
  {
    title: "read-write lock: a downgrade of a lost hold is the loss, and of one with others nested in it is refused",
    async run(bench) {
      const { one, coord } = await pair(bench);
      const writing = await one.write.acquire();
      const nested = await one.write.acquire({ within: writing });
      await assert.rejects(
        writing.downgrade(),
        (error) => CoordError.is(error, "USAGE") && /nested/.test(error.message),
      );
      await nested.release();
      await bench.rig.expire(coord.status().session?.id ?? "");
      await bench.eventually("the loss", () => writing.lost, 2_000);
      await assert.rejects(writing.downgrade(), (error) => CoordError.is(error, "LOCK_LOST"));
    },
  },
  {
    title:
      "read-write lock: nothing is nested in a write hold while it is turned into a read hold, nor is it turned twice",
    async run(bench) {
      const { one, other } = await pair(bench);
      const writing = await one.write.acquire();
      const downgrading = writing.downgrade();
      const isRefused = (error: unknown) =>
        CoordError.is(error, "USAGE") && /is being turned into a read hold by downgrade/.test(error.message);
      await assert.rejects(one.write.acquire({ within: writing }), isRefused);
      await assert.rejects(writing.downgrade(), isRefused);
      const reading = await downgrading;
      const beside = await other.read.acquire({ waitMs: 5_000 });
      await Promise.all([reading.release(), beside.release()]);
    },
  },
  {
    title:
      "read-write lock: who has downgraded in a flow of control still holds there, and can't wait for himself to write",
    async run(bench) {
      const { one } = await pair(bench);
      await one.write.run(async (writing) => {
        const reading = await writing.downgrade();
        await assert.rejects(one.write.acquire({ waitMs: 5_000 }), isDeadlock);
        await assert.rejects(one.read.acquire({ waitMs: 5_000 }), isDeadlock);
        await reading.release();
        await (await one.write.acquire({ waitMs: 5_000 })).release();
      });
    },
  },
  {
    title: "read-write lock: read to write is a DeadlockError at once, in one flow of control or by `within`",
    async run(bench) {
      const { one } = await pair(bench);
      await one.read.run(async (reading) => {
        await assert.rejects(one.write.acquire(), isDeadlock);
        await assert.rejects(one.write.acquire({ within: reading }), isDeadlock);
        await assert.rejects(one.read.acquire(), isDeadlock);
        assert.equal(await one.read.run(() => "nested", { within: reading }), "nested");
      });
      await one.write.run(async (writing) => {
        await assert.rejects(one.read.acquire(), isDeadlock);
        await assert.rejects(one.write.acquire(), isDeadlock);
        assert.equal(await one.read.run(() => "nested", { within: writing }), "nested");
      });
      await (await one.write.acquire({ waitMs: 5_000 })).release();
    },
  },
];
