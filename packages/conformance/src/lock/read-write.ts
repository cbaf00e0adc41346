import assert from "node:assert/strict";
import { CoordError, type Hold } from "@coord/core";
import { Mutex, ReadWriteLock } from "@coord/lock";
import type { Bench, Case } from "../rig.ts";
import { contenders } from "./kinds.ts";

const isDeadlock = (error: unknown) => CoordError.is(error, "DEADLOCK");

async function pair(bench: Bench) {
  const clients = await Promise.all([bench.coord(), bench.coord()]);
  const [one, other] = clients.map(({ coord }) => new ReadWriteLock(coord, "m"));
  assert.ok(one && other);
  return { one, other, coord: clients[0].coord, network: clients[0].network };
}

/** Many readers or one writer: rule 20. */
export const readWriteCases: readonly Case[] = [
  {
    title: "read-write lock: readers share, a writer is alone",
    async run(bench) {
      const { one, other } = await pair(bench);
      const first = await one.read.acquire();
      const second = await other.read.acquire({ waitMs: 5_000 });
      assert.ok(second.fencingToken > first.fencingToken);
      assert.equal(await one.write.tryAcquire(), null);
      await Promise.all([first.release(), second.release()]);
      const writing = await other.write.acquire({ waitMs: 5_000 });
      assert.ok(writing.fencingToken > second.fencingToken);
      assert.equal(await one.write.tryAcquire(), null);
      assert.equal(await one.read.tryAcquire(), null);
      await writing.release();
    },
  },
  {
    title: "read-write lock: a mix of readers and writers never overlaps wrongly, whatever the client",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      let readers = 0;
      let writers = 0;
      let together = 0;
      await Promise.all(
        clients.flatMap(({ coord }) =>
          Array.from({ length: 8 }, (_, index) =>
            index % 4 === 0
              ? new ReadWriteLock(coord, "m").write.run(async () => {
                  writers += 1;
                  assert.deepEqual([readers, writers], [0, 1]);
                  await bench.pause(3);
                  writers -= 1;
                })
              : new ReadWriteLock(coord, "m").read.run(async () => {
                  readers += 1;
                  together = Math.max(together, readers);
                  assert.equal(writers, 0);
                  await bench.pause(3);
                  readers -= 1;
                }),
          ),
        ),
      );
      assert.ok(together > 1, "readers were never together");
    },
  },
  {
    title: "read-write lock: new readers don't overtake a waiting writer, and all come in their order",
    async run(bench) {
      const { one, other, coord } = await pair(bench);
      const order: string[] = [];
      const reading = await one.read.acquire();
      const waits: Promise<unknown>[] = [];
      const ask = async (what: string, acquire: Promise<Hold>) => {
        waits.push(
          acquire.then(async (hold) => {
            order.push(what);
            await hold.release();
          }),
        );
        await bench.eventually("the place in line", async () => (await contenders(coord)) === waits.length + 1);
      };
      await ask("writer", other.write.acquire());
      await ask("reader", one.read.acquire());
      await ask("second writer", one.write.acquire());
      await ask("second reader", other.read.acquire());
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(order, []);
      await reading.release();
      await Promise.all(waits);
      assert.deepEqual(order, ["writer", "reader", "second writer", "second reader"]);
    },
  },
  {
    title: "read-write lock: a waiting writer that gives up lets the readers behind it in",
    async run(bench) {
      const { one, other } = await pair(bench);
      const reading = await one.read.acquire();
      const cancel = new AbortController();
      const writer = other.write.acquire({ signal: cancel.signal }).catch((error) => error);
      await bench.eventually("the writer", async () => (await one.inspect()).waiters.length === 1);
      const behind = other.read.acquire();
      await bench.eventually("the reader", async () => (await one.inspect()).waiters.length === 2);
      cancel.abort("enough");
      assert.equal(await writer, "enough");
      await (await bench.within(5_000, "the reader's turn", behind)).release();
      await reading.release();
    },
  },
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
  {
    title: "read-write lock: a name that is in use as a mutex is a TypeConflictError",
    async run(bench) {
      const { one, coord } = await pair(bench);
      const hold = await new Mutex(coord, "m").acquire();
      for (const side of [one.read, one.write])
        await assert.rejects(side.acquire({ waitMs: 5_000 }), (error) => CoordError.is(error, "TYPE_CONFLICT"));
      await bench.eventually("nothing to be left", async () => (await contenders(coord)) === 1);
      await hold.release();
    },
  },
  {
    title: "read-write lock: inspect() tells who reads, who writes and who waits",
    async run(bench) {
      const { coord } = await bench.coord({ owner: "first" });
      const { coord: second } = await bench.coord({ owner: "second" });
      const lock = new ReadWriteLock(coord, "m");
      assert.deepEqual(await lock.inspect(), { writer: null, readers: [], waiters: [] });
      const reading = await lock.read.acquire();
      const writer = new ReadWriteLock(second, "m").write.acquire();
      await bench.eventually("the writer", async () => (await lock.inspect()).waiters.length === 1);
      const behind = lock.read.acquire();
      await bench.eventually("the reader", async () => (await lock.inspect()).waiters.length === 2);
      const { readers, writer: nobody, waiters } = await lock.inspect();
      assert.equal(nobody, null);
      assert.deepEqual(
        readers.map(({ owner, token }) => [owner, token]),
        [["first", reading.fencingToken]],
      );
      assert.deepEqual(
        waiters.map(({ owner, mode }) => [owner, mode]),
        [
          ["second", "write"],
          ["first", "read"],
        ],
      );
      await reading.release();
      const writing = await writer;
      const seen = await lock.inspect();
      assert.deepEqual([seen.writer?.owner, seen.readers, seen.waiters.length], ["second", [], 1]);
      await writing.release();
      await (await behind).release();
    },
  },
  {
    title: "read-write lock: an entry that nobody understands counts as a writer, and harms nobody",
    async run(bench) {
      const { one, coord } = await pair(bench);
      const { store } = await bench.store();
      const session = await bench.session(store);
      const foreign = await store.contend(bench.key("m"), {
        ...bench.ticket(session, "__WRIT__"),
        value: Uint8Array.of(0xff, 0xfe),
      });
      assert.equal(await one.read.tryAcquire(), null);
      assert.deepEqual(await one.inspect(), { writer: { token: foreign.mine.order }, readers: [], waiters: [] });
      const reading = one.read.acquire();
      await bench.eventually("the reader", async () => (await contenders(coord)) === 2);
      await store.commit({ writes: [{ remove: foreign.mine.key }] });
      await (await bench.within(5_000, "the reader's turn", reading)).release();
    },
  },
];
