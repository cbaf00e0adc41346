import assert from "node:assert/strict";
import { CoordError, type Hold } from "@coord/core";
import { Mutex, ReadWriteLock } from "@coord/lock";
import type { Bench, Case } from "../rig.ts";
import { contenders } from "./kinds.ts";

export const isDeadlock = (error: unknown) => CoordError.is(error, "DEADLOCK");

export async function pair(bench: Bench) {
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
      assert.deepEqual(await lock.inspect(), { writer: null, readers: [], waiters: [], foreign: 0 });
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
      assert.deepEqual(await one.inspect(), {
        writer: { token: foreign.mine.order },
        readers: [],
        waiters: [],
        foreign: 1,
      });
      const reading = one.read.acquire();
      await bench.eventually("the reader", async () => (await contenders(coord)) === 2);
      await store.commit({ writes: [{ remove: foreign.mine.key }] });
      await (await bench.within(5_000, "the reader's turn", reading)).release();
    },
  },
];
