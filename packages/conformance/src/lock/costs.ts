import assert from "node:assert/strict";
import type { Hold } from "@coord/core";
import { Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import { countedClient } from "../counting.ts";
import type { Bench, Case } from "../rig.ts";
import { contenders, lockKinds } from "./kinds.ts";

const inLine = async (bench: Bench, coord: Parameters<typeof contenders>[0], count: number) =>
  bench.eventually(`${count} in line`, async () => (await contenders(coord)) === count, 30_000);

/** What locks cost the store, and who is woken by whom: rules 11, 20 and 21. */
export const costCases: readonly Case[] = [
  ...lockKinds.map(
    ({ what, make }): Case => ({
      title: `costs: an uncontended acquire of a ${what} costs one request, and so does its release`,
      async run(bench) {
        const { coord, requests } = await countedClient(bench);
        const lock = make(coord);
        await (await lock.acquire()).release(); // a semaphore agrees on its limit once
        requests.length = 0;
        const hold = await lock.acquire();
        await hold.release();
        assert.deepEqual(requests, ["contend", "commit"]);
      },
    }),
  ),
  {
    title: "costs: several permits at once, or one beside others, cost one request more, to look at the limit",
    async run(bench) {
      const { coord, requests } = await countedClient(bench);
      const semaphore = new Semaphore(coord, "m", { permits: 4 });
      await (await semaphore.acquire()).release();
      requests.length = 0;
      const two = await semaphore.acquire({ weight: 2 });
      assert.deepEqual(requests, ["contend", "get"]);
      requests.length = 0;
      const one = await semaphore.acquire();
      assert.deepEqual(requests, ["contend", "get"]);
      requests.length = 0;
      await Promise.all([one.release(), two.release()]);
      assert.deepEqual(requests, ["commit", "commit"]);
    },
  },
  {
    title: "mutex: a release wakes one waiter, and a waiter that leaves wakes the one behind it",
    async run(bench) {
      const { coord: holder } = await bench.coord();
      const client = await countedClient(bench);
      const hold = await new Mutex(holder, "m").acquire();
      const leaver = new AbortController();
      const released: (() => Promise<unknown>)[] = [];
      const waits = Array.from({ length: 20 }, (_, index) =>
        new Mutex(client.coord, "m")
          .acquire(index === 10 ? { signal: leaver.signal } : {})
          .then((granted) => released.push(granted.release)),
      );
      waits[10]?.catch(() => {});
      await inLine(bench, holder, 21);
      await bench.pause(bench.rig.promptMs);
      client.wakes = 0;
      await hold.release();
      await bench.eventually("the first to be let in", () => released.length === 1);
      await bench.pause(bench.rig.promptMs);
      assert.equal(client.wakes, 1);
      client.wakes = 0;
      leaver.abort("enough");
      await inLine(bench, holder, 19);
      await bench.pause(bench.rig.promptMs);
      assert.equal(client.wakes, 1);
      for (let index = 0; index < 19; index += 1) {
        const release = await bench.eventually("the next", () => released[index]);
        await release();
      }
    },
  },
  {
    title: "read-write lock: a writer's release wakes each of two hundred readers once, and lets them all in",
    async run(bench) {
      const { coord: writer } = await bench.coord();
      const client = await countedClient(bench);
      const writing = await new ReadWriteLock(writer, "m").write.acquire();
      const inside: Hold[] = [];
      const waits = Array.from({ length: 200 }, () =>
        new ReadWriteLock(client.coord, "m").read.acquire().then((hold) => inside.push(hold)),
      );
      await inLine(bench, writer, 201);
      await bench.eventually("all to follow", () => client.wakes >= 200, 30_000);
      await bench.pause(bench.rig.promptMs);
      client.wakes = 0;
      await writing.release();
      await Promise.all(waits);
      await bench.pause(bench.rig.promptMs);
      assert.equal(inside.length, 200);
      assert.equal(client.wakes, 200);
      await Promise.all(inside.map((hold) => hold.release()));
    },
  },
  {
    title: "semaphore: a permit that comes back wakes the one whom it lets in",
    async run(bench) {
      const { coord: holder } = await bench.coord();
      const client = await countedClient(bench);
      const held: Hold[] = [];
      for (let index = 0; index < 3; index += 1) held.push(await new Semaphore(holder, "m", { permits: 3 }).acquire());
      const inside: Hold[] = [];
      const semaphore = new Semaphore(client.coord, "m", { permits: 3 });
      const waits = Array.from({ length: 20 }, () => semaphore.acquire().then((hold) => inside.push(hold)));
      await inLine(bench, holder, 23);
      await bench.eventually("all to follow", () => client.wakes >= 20, 30_000);
      await bench.pause(bench.rig.promptMs);
      for (const [index, hold] of held.entries()) {
        client.wakes = 0;
        await hold.release();
        await bench.eventually("the next to be let in", () => inside.length === index + 1);
        await bench.pause(bench.rig.promptMs);
        assert.equal(client.wakes, 1);
      }
      for (let index = 0; index < 20; index += 1)
        await (await bench.eventually("the next", () => inside[index])).release();
      await Promise.all(waits);
    },
  },
];
