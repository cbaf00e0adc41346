import assert from "node:assert/strict";
import { Barrier, CountDownLatch } from "@coord/barrier";
import { CoordError } from "@coord/core";
import { bytes, type Case, text } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";

/** Barriers that are raised and lowered, and latches: rule 31. */
export const gateCases: readonly Case[] = [
  {
    title: "barrier: one that does not exist is open; a raised one keeps all waiting until it is lowered",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const gate = new Barrier(coord, "g");
      await gate.wait({ waitMs: 2_000 });
      await gate.lower();
      assert.equal(await gate.raised(), false);
      await gate.raise();
      await gate.raise();
      assert.equal(await new Barrier(other, "g").raised(), true);
      let through = 0;
      const waits = [coord, other, other].map((client) => new Barrier(client, "g").wait().then(() => (through += 1)));
      await bench.pause(bench.rig.promptMs);
      assert.equal(through, 0);
      await new Barrier(other, "g").lower();
      await bench.within(5_000, "all to pass", Promise.all(waits));
      await gate.lower();
      await gate.wait({ waitMs: 2_000 });
    },
  },
  {
    title: "barrier: it stays raised when the client that raised it is gone",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      await new Barrier(coord, "g").raise();
      await bench.rig.expire(coord.status().session?.id ?? "");
      await coord.close();
      assert.equal(await new Barrier(other, "g").raised(), true);
      await new Barrier(other, "g").lower();
    },
  },
  {
    title: "barrier: a wait ends by its time, its signal and close()",
    async run(bench) {
      const { coord } = await bench.coord();
      const gate = new Barrier(coord, "g");
      await gate.raise();
      await assert.rejects(
        gate.wait({ waitMs: 100 }),
        (error) => CoordError.is(error, "TIMEOUT") && /"g"/.test(error.message),
      );
      const cancel = new AbortController();
      const cancelled = gate.wait({ signal: cancel.signal }).catch((error) => error);
      const closed = gate.wait().catch((error) => error);
      await bench.pause(20);
      cancel.abort("enough");
      assert.equal(await bench.within(bench.rig.promptMs, "the end", cancelled), "enough");
      await coord.close();
      assert.ok(CoordError.is(await closed, "CLOSED"));
    },
  },
  {
    title: "barrier: whoever waits hears of it also when it was lowered while the store was out of sight",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const { coord: other } = await bench.coord();
      await new Barrier(other, "g").raise();
      const waiting = new Barrier(coord, "g").wait();
      await bench.pause(50);
      network.refuse();
      await bench.eventually("suspended", () => coord.state === "suspended");
      await new Barrier(other, "g").lower();
      network.heal();
      await bench.within(15_000, "to pass", waiting);
    },
  },
  {
    title: "faults: whichever call of raising and lowering fails once, it is raised, and then it is not",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const seen = new Barrier(watcher, "g");
      for (const fault of repairable) {
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          await new Barrier(coord, "g").raise();
          assert.equal(await seen.raised(), true);
          await new Barrier(coord, "g").lower();
          assert.equal(await seen.raised(), false);
          await coord.close();
        }
      }
    },
  },
  {
    title: "latch: opens when so many participants have counted down, each once, and stays open",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const latch = new CountDownLatch(coord, "l", { count: 3 });
      let open = false;
      const waiting = latch.wait().then(() => (open = true));
      await Promise.all([
        latch.countDown("a"),
        latch.countDown("a"),
        new CountDownLatch(other, "l", { count: 3 }).countDown("a"),
      ]);
      assert.deepEqual(await latch.inspect(), { count: 3, arrived: ["a"], open: false });
      assert.equal((await latch.countDown("b")).open, false);
      await bench.pause(bench.rig.promptMs);
      assert.equal(open, false);
      assert.equal((await new CountDownLatch(other, "l", { count: 3 }).countDown("c")).open, true);
      await bench.within(5_000, "the latch to open", waiting);
      await latch.countDown("d");
      await coord.close();
      await new CountDownLatch(other, "l", { count: 3 }).wait({ waitMs: 2_000 });
      assert.deepEqual((await new CountDownLatch(other, "l", { count: 3 }).inspect()).arrived, ["a", "b", "c", "d"]);
    },
  },
  {
    title: "latch: participants that count down at once are all counted",
    async run(bench) {
      const clients = await Promise.all([bench.coord(), bench.coord(), bench.coord()]);
      const latches = clients.map(({ coord }) => new CountDownLatch(coord, "l", { count: 15 }));
      await Promise.all(
        latches.flatMap((latch, index) => [0, 1, 2, 3, 4].map((n) => latch.countDown(`${index}.${n}`))),
      );
      assert.equal((await latches[0]?.inspect())?.arrived.length, 15);
      assert.equal((await latches[0]?.inspect())?.open, true);
    },
  },
  {
    title: "latch: another count, a name that is something else and a count that can't be are refused",
    async run(bench) {
      const { coord } = await bench.coord();
      await new CountDownLatch(coord, "l", { count: 2 }).countDown("a");
      const other = new CountDownLatch(coord, "l", { count: 3 });
      for (const call of [() => other.countDown("b"), () => other.wait(), () => other.inspect()])
        await assert.rejects(call(), (error) => CoordError.is(error, "LIMIT_MISMATCH") && /2.*3/.test(error.message));
      const values = ["not json", "null", "7", '"text"', "[]", "{}", '{"count":2}', '{"count":2,"arrived":[1]}'];
      const refused = async (value: string, index: number) => {
        const name = `n-${index}`;
        await coord.store.commit({ writes: [{ create: name, value: bytes(value) }] });
        await assert.rejects(
          new CountDownLatch(coord, name, { count: 2 }).countDown("a"),
          (error) => CoordError.is(error, "TYPE_CONFLICT"),
          value,
        );
        assert.equal(text((await coord.store.get(name))?.value ?? bytes("")), value);
      };
      await Promise.all(values.map(refused));
      await new Barrier(coord, "raised").raise();
      await assert.rejects(new CountDownLatch(coord, "raised", { count: 2 }).countDown("a"), (error) =>
        CoordError.is(error, "TYPE_CONFLICT"),
      );
      for (const participant of ["", undefined, 7])
        await assert.rejects(new CountDownLatch(coord, "l", { count: 2 }).countDown(participant as string), (error) =>
          CoordError.is(error, "USAGE"),
        );
      for (const count of [0, -1, 1.5])
        assert.throws(
          () => new CountDownLatch(coord, "l", { count }),
          (error) => CoordError.is(error, "USAGE"),
        );
    },
  },
  {
    title: "faults: whichever call of counting down fails once, the participant is counted once",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (const [index, fault] of repairable.entries()) {
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const name = `l${index}-${nth}`;
          await new CountDownLatch(coord, name, { count: 2 }).countDown("a");
          await new CountDownLatch(coord, name, { count: 2 }).countDown("a");
          const seen = new CountDownLatch(watcher, name, { count: 2 });
          assert.deepEqual(await seen.inspect(), { count: 2, arrived: ["a"], open: false });
          await coord.close();
        }
      }
    },
  },
];
