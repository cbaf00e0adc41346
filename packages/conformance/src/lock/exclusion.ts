import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Case } from "../rig.ts";

/** Who is let in, in which order, with which token: rules 11 and 17 to 19. */
export const exclusionCases: readonly Case[] = [
  {
    title: "mutex: one holder at a time, whatever the client",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      let inside = 0;
      let turns = 0;
      const work = clients.flatMap(({ coord }) =>
        [1, 2].map(async () => {
          const mutex = new Mutex(coord, "m");
          for (let round = 0; round < 5; round += 1) {
            await mutex.run(async () => {
              inside += 1;
              turns += 1;
              assert.equal(inside, 1);
              await bench.pause(2);
              inside -= 1;
            });
          }
        }),
      );
      await Promise.all(work);
      assert.equal(turns, 30);
    },
  },
  {
    title: "mutex: first come first served across clients",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      const mutexes = clients.map(({ coord }) => new Mutex(coord, "m"));
      const holder = await mutexes[0]?.acquire();
      const order: number[] = [];
      const waits: Promise<unknown>[] = [];
      for (let index = 0; index < 9; index += 1) {
        waits.push(mutexes[index % 3]?.run(() => order.push(index)) ?? Promise.reject());
        await bench.eventually(
          "the place in line",
          async () => (await mutexes[0]?.inspect())?.waiters.length === index + 1,
        );
      }
      await holder?.release();
      await Promise.all(waits);
      assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    },
  },
  {
    title: "mutex: the calls of one client keep their order, also when an attempt has to be repeated",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const order: number[] = [];
      const mutex = new Mutex(coord, "m");
      const calls = Array.from({ length: 8 }, (_, index) => mutex.run(() => order.push(index)));
      network.reset();
      await Promise.all(calls);
      assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    },
  },
  {
    title: "mutex: a hundred waiters are all let in, once each, in their order",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord()]);
      const order: number[] = [];
      const calls: Promise<unknown>[] = [];
      const first = await new Mutex(clients[0].coord, "m").acquire();
      for (let index = 0; index < 100; index += 1) {
        const { coord } = clients[index % 2] ?? clients[0];
        calls.push(new Mutex(coord, "m").run(({ fencingToken }) => order.push(Number(fencingToken))));
      }
      await bench.eventually(
        "all to stand in line",
        async () => (await clients[0].coord.store.list("m")).entries.length === 101,
      );
      await first.release();
      await Promise.all(calls);
      assert.equal(order.length, 100);
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
    },
  },
  {
    title: "mutex: fencing tokens rise with every grant, also when the lock's directory was empty in between",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      let last = 0n;
      for (let round = 0; round < 10; round += 1) {
        const hold = await new Mutex(round % 2 ? coord : other, "m").acquire();
        assert.ok(hold.fencingToken > last, `${hold.fencingToken} after ${last}`);
        last = hold.fencingToken;
        await hold.release();
        assert.deepEqual((await coord.store.list("m")).entries, []);
      }
    },
  },
  {
    title: "mutex: a second acquire of the same client is a contender of its own",
    async run(bench) {
      const { coord } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const second = new Mutex(coord, "m").acquire();
      await bench.eventually("the waiter", async () => (await new Mutex(coord, "m").inspect()).waiters.length === 1);
      await hold.release();
      const { fencingToken, release } = await second;
      assert.ok(fencingToken > hold.fencingToken);
      await release();
    },
  },
  {
    title: "mutex: tryAcquire gives the hold or null, and leaves nothing behind",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").tryAcquire();
      assert.ok(hold);
      assert.equal(await new Mutex(other, "m").tryAcquire(), null);
      assert.equal(await new Mutex(coord, "m").tryAcquire(), null);
      assert.equal((await coord.store.list("m")).entries.length, 1);
      await hold.release();
      const again = await new Mutex(other, "m").tryAcquire();
      assert.ok(again);
      await again.release();
    },
  },
  {
    title: "mutex: release is idempotent, and however late it comes it removes no other entry",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const first = await new Mutex(coord, "m").acquire();
      assert.deepEqual(await Promise.all([first.release(), first.release()]), ["released", "released"]);
      const second = await new Mutex(other, "m").acquire();
      assert.equal(await first.release(), "released");
      second.check();
      assert.equal((await new Mutex(coord, "m").inspect()).holder?.token, second.fencingToken);
      await second.release();
    },
  },
  {
    title: "mutex: a released hold is over: check() throws, no time remains, its signal does not abort",
    async run(bench) {
      const { coord } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      hold.check();
      assert.ok(hold.remainingMs > 0);
      await hold.release();
      assert.throws(hold.check, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.equal(hold.remainingMs, 0);
      assert.equal(hold.signal.aborted, false);
    },
  },
  {
    title: "mutex: disposing a hold releases it",
    async run(bench) {
      const { coord } = await bench.coord();
      const mutex = new Mutex(coord, "m");
      {
        await using hold = await mutex.acquire();
        hold.check();
      }
      assert.equal((await mutex.inspect()).holder, null);
    },
  },
];
