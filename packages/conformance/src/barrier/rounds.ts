import assert from "node:assert/strict";
import { type Arrival, CyclicBarrier, DoubleBarrier } from "@coord/barrier";
import { CoordError, type LimitMismatchError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { bytes, type Case } from "../rig.ts";
import { cyclic, parties, presentAre, settled } from "./parties.ts";

/** Coming together, with one verdict for all: rules 32 and 33. */
export const roundCases: readonly Case[] = [
  {
    title: "cyclic barrier: nobody passes before all are there; then all do, round after round",
    async run(bench) {
      const all = await parties(bench, 3);
      const came: number[] = [0, 0, 0, 0, 0];
      const results = await Promise.all(
        all.map(async (party, index) => {
          const barrier = cyclic(party, 3);
          const arrivals = [];
          for (let round = 0; round < 5; round += 1) {
            await bench.pause(index * 7);
            came[round] = (came[round] ?? 0) + 1;
            const arrival = await barrier.arrive({ waitMs: 30_000 });
            assert.equal(came[round], 3);
            arrivals.push(arrival);
          }
          return arrivals;
        }),
      );
      for (let round = 0; round < 5; round += 1) {
        assert.deepEqual(
          results.map((arrivals) => arrivals[round]?.generation),
          [round, round, round],
        );
        assert.deepEqual(results.map((arrivals) => arrivals[round]?.index).sort(), [0, 1, 2]);
      }
      const [first] = all;
      assert.ok(first);
      await presentAre(bench, first, 0);
    },
  },
  {
    title: "cyclic barrier: one that is for a single party passes at once",
    async run(bench) {
      const [party] = await parties(bench, 1);
      assert.ok(party);
      assert.deepEqual(await cyclic(party, 1).arrive(), { generation: 0, index: 0 });
      assert.deepEqual(await cyclic(party, 1).arrive(), { generation: 1, index: 0 });
    },
  },
  {
    title: "cyclic barrier: who is too many waits for the next generation",
    async run(bench) {
      const all = await parties(bench, 3);
      const outcomes: number[] = [];
      const waits = [...all, ...all, ...all].map(async (party) =>
        outcomes.push((await cyclic(party, 2).arrive({ waitMs: 30_000 })).generation),
      );
      await bench.eventually("four generations", () => outcomes.length === 8, 30_000);
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual([...outcomes].sort(), [0, 0, 1, 1, 2, 2, 3, 3]);
      const [first] = all;
      assert.ok(first);
      assert.equal((await cyclic(first, 2).arrive({ waitMs: 30_000 })).generation, 4);
      await Promise.all(waits);
    },
  },
  {
    title: "cyclic barrier: a late leaver of one generation doesn't disturb the next",
    async run(bench) {
      const [first, second, slow] = await parties(bench, 3);
      assert.ok(first && second && slow);
      const late = cyclic(slow, 2).arrive();
      await presentAre(bench, slow, 1);
      await bench.pause(bench.rig.promptMs);
      slow.network.stall();
      assert.equal((await cyclic(first, 2).arrive()).generation, 0);
      for (let round = 1; round < 3; round += 1) {
        const arrivals: readonly Arrival[] = await Promise.all([cyclic(first, 2).arrive(), cyclic(second, 2).arrive()]);
        assert.deepEqual(
          arrivals.map(({ generation }) => generation),
          [round, round],
        );
      }
      slow.network.reset();
      slow.network.heal();
      const outcome = await settled(late);
      assert.ok(
        CoordError.is(outcome, "SESSION_LOST") || (outcome as { generation: number }).generation === 0,
        String(outcome),
      );
    },
  },
  {
    title: "cyclic and double barriers: a different number of parties, and a name that is something else, are refused",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const waiting = settled(cyclic(first, 2).arrive());
      await presentAre(bench, first, 1);
      const error = await settled<unknown>(cyclic(second, 3).arrive());
      assert.ok(CoordError.is(error, "LIMIT_MISMATCH") && /2.*3/.test(error.message), String(error));
      assert.deepEqual([(error as LimitMismatchError).expected, (error as LimitMismatchError).actual], [3, 2]);
      assert.equal((await cyclic(second, 2).arrive()).generation, 0);
      assert.equal(((await waiting) as { generation: number }).generation, 0);
      for (const count of [0, -1, 1.5])
        assert.throws(
          () => cyclic(first, count),
          (error) => CoordError.is(error, "USAGE"),
        );
      const hold = await new Mutex(first.coord, "odder").acquire();
      await assert.rejects(
        new CyclicBarrier(second.coord, "odder", { parties: 2 }).arrive({ waitMs: 5_000 }),
        (error) => CoordError.is(error, "TYPE_CONFLICT"),
      );
      await hold.release();
    },
  },
  {
    title:
      "cyclic and double barriers: one is not taken for the other, nor a state that neither of them wrote for its own",
    async run(bench) {
      const { coord } = await bench.coord();
      const cyclicAt = (name: string, parties = 1) => new CyclicBarrier(coord, name, { parties });
      const doubleAt = (name: string, parties = 1) => new DoubleBarrier(coord, name, { parties });
      const isConflict = (error: unknown) => CoordError.is(error, "TYPE_CONFLICT");
      await Promise.all([cyclicAt("c").arrive(), doubleAt("d").run(() => {})]);
      await assert.rejects(doubleAt("c").enter(), isConflict);
      await assert.rejects(cyclicAt("d").arrive(), isConflict);
      await assert.rejects(doubleAt("d", 2).enter(), (error) => CoordError.is(error, "LIMIT_MISMATCH"));
      const past = (verdict: string) =>
        `{"parties":1,"stays":false,"generation":1,"busy":false,"withdrawn":[],"past":[${verdict}]}`;
      const states = ["not json", "null", "7", "[]", "{}", past("null"), past('{"generation":0,"passed":true}')];
      const refused = async (state: string, index: number) => {
        await coord.store.commit({ writes: [{ create: `odd-${index}/state`, value: bytes(state) }] });
        await assert.rejects(cyclicAt(`odd-${index}`).arrive(), isConflict, state);
      };
      await Promise.all(states.map(refused));
    },
  },
  {
    title: "cyclic barrier: what others wrote into its directory does no harm",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      await first.coord.store.commit({ writes: [{ create: "b/note", value: bytes("{not json") }] });
      const arrivals = await Promise.all([cyclic(first, 2).arrive(), cyclic(second, 2).arrive()]);
      assert.deepEqual(arrivals.map(({ index }) => index).sort(), [0, 1]);
    },
  },
];
