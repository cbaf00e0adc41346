import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { LockManager, ReadWriteLock } from "@coord/lock";
import { countedClient } from "../counting.ts";
import type { Case } from "../rig.ts";

/** The shape of the Web Locks API. */
export const managerCases: readonly Case[] = [
  {
    title: "LockManager: request runs the callback under the lock and resolves with what it returns",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord()]);
      let inside = 0;
      const results = await Promise.all(
        clients.flatMap(({ coord }, client) =>
          [1, 2, 3].map((index) =>
            new LockManager(coord).request("m", async (lock) => {
              inside += 1;
              assert.equal(inside, 1);
              assert.deepEqual([lock?.name, lock?.mode, lock?.signal.aborted], ["m", "exclusive", false]);
              await bench.pause(3);
              inside -= 1;
              return `${client}.${index}`;
            }),
          ),
        ),
      );
      assert.deepEqual(results, ["0.1", "0.2", "0.3", "1.1", "1.2", "1.3"]);
      const mine = new Error("mine");
      await assert.rejects(
        new LockManager(clients[0].coord).request("m", () => Promise.reject(mine)),
        (error) => error === mine,
      );
    },
  },
  {
    title: "LockManager: shared locks are had together; ifAvailable gives null instead of waiting",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord()]);
      const [one, other] = clients.map(({ coord }) => new LockManager(coord));
      assert.ok(one && other);
      const seen = await one.request("m", { mode: "shared" }, () =>
        other.request("m", { mode: "shared", ifAvailable: true }, async (lock) => [
          lock?.mode,
          await other.request("m", { ifAvailable: true }, (exclusive) => exclusive),
        ]),
      );
      assert.deepEqual(seen, ["shared", null]);
    },
  },
  {
    title: "LockManager: a signal cancels the wait with its reason; a lock that is lost rejects",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new ReadWriteLock(other, "m").write.acquire();
      const cancel = new AbortController();
      const waiting = new LockManager(coord)
        .request("m", { signal: cancel.signal }, () => "never")
        .catch((error) => error);
      await bench.eventually(
        "the wait",
        async () => (await new ReadWriteLock(other, "m").inspect()).waiters.length === 1,
      );
      cancel.abort("enough");
      assert.equal(await waiting, "enough");
      await hold.release();
      const lost = new LockManager(coord).request("m", async (lock) => {
        await bench.rig.expire(coord.status().session?.id ?? "");
        await bench.eventually("the loss", () => lock?.signal.aborted);
      });
      await assert.rejects(lost, (error) => CoordError.is(error, "LOCK_LOST"));
    },
  },
  {
    title: "LockManager: query tells who holds and who waits, of all clients",
    async run(bench) {
      const { coord } = await bench.coord({ owner: "first" });
      const { coord: second } = await bench.coord({ owner: "second" });
      const manager = new LockManager(coord);
      assert.deepEqual(await manager.query(), { held: [], pending: [] });
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const running = manager.request("m", { mode: "shared" }, () => finished);
      const state = new ReadWriteLock(coord, "m");
      await bench.eventually("the reader", async () => (await state.inspect()).readers.length === 1);
      const writing = new LockManager(second).request("m", () => "written");
      await bench.eventually("the writer", async () => (await state.inspect()).waiters.length === 1);
      assert.deepEqual(await manager.query(), {
        held: [{ name: "m", mode: "shared", clientId: "first" }],
        pending: [{ name: "m", mode: "exclusive", clientId: "second" }],
      });
      assert.equal((await new LockManager(coord).query(["m", "n"])).held.length, 1);
      finish();
      await running;
      assert.equal(await writing, "written");
      assert.deepEqual(await manager.query(), { held: [], pending: [] });
    },
  },
  {
    title: "LockManager: query asks for no name whose requests are over",
    async run(bench) {
      const { coord, requests } = await countedClient(bench);
      const manager = new LockManager(coord);
      await Promise.all([
        manager.request("m", () => {}),
        manager.request("m", () => {}),
        manager.request("n", () => {}),
      ]);
      requests.length = 0;
      await manager.query();
      assert.deepEqual(requests, []);
    },
  },
  {
    title: "LockManager: what can't be had is refused: stealing, a signal that has nothing to cancel, an unknown mode",
    async run(bench) {
      const { coord } = await bench.coord();
      const manager = new LockManager(coord);
      const { signal } = new AbortController();
      const refused = [{ steal: true }, { ifAvailable: true, signal }, { mode: "half" as "shared" }];
      for (const options of refused)
        await assert.rejects(
          manager.request("m", options, () => "never"),
          (error) => CoordError.is(error, "USAGE"),
        );
      await assert.rejects(manager.request("m", {}, undefined as never), (error) => CoordError.is(error, "USAGE"));
    },
  },
];
