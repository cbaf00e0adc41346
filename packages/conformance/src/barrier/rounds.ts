import assert from "node:assert/strict";
import { type Arrival, CyclicBarrier } from "@coord/barrier";
import { type BrokenBarrierError, CoordError, type LimitMismatchError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { faulty } from "../faulty.ts";
import { bytes, type Case } from "../rig.ts";
import { cyclic, double, expire, parties, present, presentAre, settled } from "./parties.ts";

const isBroken = (error: unknown) => CoordError.is(error, "BROKEN_BARRIER");

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
  ...[0, 1, 2].map(
    (dying): Case => ({
      title: `cyclic barrier: a party that dies while it waits breaks it for all at once, also the one that came as number ${dying}`,
      async run(bench) {
        const all = await parties(bench, 3);
        const waits: Promise<unknown>[] = [];
        for (const [index, party] of all.entries()) {
          waits.push(settled(cyclic(party, 4).arrive()));
          await presentAre(bench, party, index + 1);
        }
        await bench.pause(bench.rig.promptMs);
        const victim = all[dying];
        assert.ok(victim);
        const before = victim.coord.status().session?.id;
        await expire(bench, victim);
        for (const [index, wait] of waits.entries()) {
          const outcome = await bench.within(bench.rig.ttlMs + 5_000, "the verdict", wait);
          if (index === dying) assert.ok(CoordError.is(outcome, "SESSION_LOST", "BROKEN_BARRIER"), String(outcome));
          else assert.ok(isBroken(outcome) && (outcome as BrokenBarrierError).generation === 0, String(outcome));
        }
        const [other] = all;
        assert.ok(other);
        await presentAre(bench, other, 0);
        const renewed = () => ![undefined, before].includes(victim.coord.status().session?.id);
        await bench.eventually("the new session", renewed, 15_000);
        const again = [...all, all[0]].map((party) => party && cyclic(party, 4).arrive({ waitMs: 30_000 }));
        for (const arrival of await Promise.all(again)) assert.equal(arrival?.generation, 1);
      },
    }),
  ),
  {
    title: 'cyclic barrier: with `onLoss: "wait"` another one takes the place of a party that died, whichever it was',
    async run(bench) {
      for (const dying of [0, 1]) {
        const all = await parties(bench, 4);
        const [first, second, third, fourth] = all;
        assert.ok(first && second && third && fourth);
        const waits = [];
        for (const [index, party] of [first, second].entries()) {
          waits.push(settled(cyclic(party, 3, "wait").arrive({ waitMs: 60_000 })));
          await presentAre(bench, party, index + 1);
        }
        const victim = all[dying];
        assert.ok(victim);
        await expire(bench, victim);
        assert.ok(CoordError.is(await waits[dying], "SESSION_LOST", "UNKNOWN_OUTCOME"));
        await presentAre(bench, third, 1, bench.rig.ttlMs * 2);
        waits[dying] = settled(cyclic(third, 3, "wait").arrive({ waitMs: 60_000 }));
        await presentAre(bench, third, 2);
        await bench.pause(bench.rig.promptMs);
        assert.equal(await present(third), 2);
        waits.push(settled(cyclic(fourth, 3, "wait").arrive({ waitMs: 60_000 })));
        for (const outcome of await Promise.all(waits)) assert.ok(!(outcome instanceof Error), String(outcome));
        await presentAre(bench, third, 0);
      }
    },
  },
  {
    title: "cyclic barrier: when the last one can't write the verdict, another one does, also when the first has died",
    async run(bench) {
      const [first, second, third] = await parties(bench, 3);
      assert.ok(first && second && third);
      let mute = false;
      const last = await bench.coord({}, (store) =>
        faulty(store, bench.rig.runtime, (_, verb) => (mute && verb === "commit" ? "lose-request" : undefined)),
      );
      const waits = [settled(cyclic(first, 3, "wait").arrive({ waitMs: 60_000 }))];
      await presentAre(bench, first, 1);
      waits.push(settled(cyclic(second, 3, "wait").arrive({ waitMs: 60_000 })));
      await presentAre(bench, second, 2);
      await bench.pause(bench.rig.promptMs);
      await expire(bench, first);
      assert.ok(CoordError.is(await waits[0], "SESSION_LOST", "UNKNOWN_OUTCOME"));
      await presentAre(bench, second, 1, bench.rig.ttlMs * 2);
      waits.push(settled(cyclic(third, 3, "wait").arrive({ waitMs: 60_000 })));
      await presentAre(bench, second, 2);
      await bench.pause(bench.rig.promptMs);
      mute = true;
      const silent = settled(cyclic(last, 3, "wait").arrive({ waitMs: 60_000 }));
      for (const outcome of await bench.within(15_000, "to pass", Promise.all([...waits.slice(1), silent])))
        assert.ok(!(outcome instanceof Error), String(outcome));
      mute = false;
      await presentAre(bench, second, 0);
    },
  },
  {
    title: "cyclic barrier: running out of time breaks it for all, and nobody is left behind",
    async run(bench) {
      const all = await parties(bench, 2);
      const [first, second] = all;
      assert.ok(first && second);
      const patient = settled(cyclic(first, 3).arrive());
      await presentAre(bench, first, 1);
      await assert.rejects(
        cyclic(second, 3).arrive({ waitMs: 200 }),
        (error) => CoordError.is(error, "TIMEOUT") && /"b"/.test(error.message),
      );
      assert.ok(isBroken(await bench.within(5_000, "the verdict", patient)));
      await presentAre(bench, first, 0);
    },
  },
  {
    title: 'cyclic barrier: with `onLoss: "wait"` one that runs out of time withdraws, and the others wait on',
    async run(bench) {
      const [first, second, third] = await parties(bench, 3);
      assert.ok(first && second && third);
      const patient = cyclic(first, 3, "wait").arrive({ waitMs: 60_000 });
      await presentAre(bench, first, 1);
      await assert.rejects(cyclic(second, 3, "wait").arrive({ waitMs: 200 }), (error) =>
        CoordError.is(error, "TIMEOUT"),
      );
      await presentAre(bench, first, 1);
      const arrivals = await Promise.all([
        patient,
        cyclic(second, 3, "wait").arrive({ waitMs: 60_000 }),
        cyclic(third, 3, "wait").arrive({ waitMs: 60_000 }),
      ]);
      assert.deepEqual(
        arrivals.map(({ generation }) => generation),
        [0, 0, 0],
      );
    },
  },
  {
    title: "cyclic barrier: times that run out when the last one comes let all pass or none",
    async run(bench) {
      const all = await parties(bench, 3);
      const seen = new Set<string>();
      for (let offset = 0; offset < 30; offset += 1) {
        const waitMs = 100;
        const outcomes = await Promise.all(
          all.map(async (party, index) => {
            if (index === 2) await bench.pause(waitMs - 6 + offset / 3);
            return settled(cyclic(party, 3).arrive({ waitMs }));
          }),
        );
        const passed = outcomes.filter((outcome) => !(outcome instanceof Error));
        seen.add(`${passed.length}`);
        assert.ok(passed.length === 0 || passed.length === 3, outcomes.map(String).join(", "));
        const [first] = all;
        assert.ok(first);
        await presentAre(bench, first, 0);
      }
      assert.ok(seen.size > 0);
    },
  },
  {
    title:
      "cyclic barrier: who was cut off until its session and its time were over has lost its session: it can't know",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const cutOff = settled(cyclic(first, 2, "wait").arrive({ waitMs: bench.rig.ttlMs / 2 }));
      await presentAre(bench, second, 1);
      await bench.pause(bench.rig.promptMs);
      first.network.stall();
      assert.equal((await cyclic(second, 2, "wait").arrive({ waitMs: 30_000 })).generation, 0);
      const outcome = await bench.within(bench.rig.ttlMs * 2, "the end", cutOff);
      assert.ok(CoordError.is(outcome, "SESSION_LOST"), String(outcome));
      first.network.heal();
    },
  },
  {
    title: "cyclic barrier: a cancelled party throws the caller's own reason at once and breaks it for the others",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const cancel = new AbortController();
      const patient = settled(cyclic(first, 3).arrive());
      await presentAre(bench, first, 1);
      const cancelled = settled(cyclic(second, 3).arrive({ signal: cancel.signal }));
      await presentAre(bench, first, 2);
      const reason = new Error("mine");
      cancel.abort(reason);
      assert.equal(await bench.within(bench.rig.promptMs, "the end", cancelled), reason);
      assert.ok(isBroken(await bench.within(5_000, "the verdict", patient)));
      await presentAre(bench, first, 0);
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
      for (const call of [() => cyclic(second, 3).arrive(), () => double(second, 3).enter()]) {
        const error = await settled<unknown>(call());
        assert.ok(CoordError.is(error, "LIMIT_MISMATCH") && /2.*3/.test(error.message), String(error));
        assert.deepEqual([(error as LimitMismatchError).expected, (error as LimitMismatchError).actual], [3, 2]);
      }
      assert.equal((await cyclic(second, 2).arrive()).generation, 0);
      assert.equal(((await waiting) as { generation: number }).generation, 0);
      for (const count of [0, -1, 1.5])
        assert.throws(
          () => cyclic(first, count),
          (error) => CoordError.is(error, "USAGE"),
        );
      await first.coord.store.commit({ writes: [{ create: "odd/state", value: bytes("not json") }] });
      await assert.rejects(new CyclicBarrier(first.coord, "odd", { parties: 2 }).arrive(), (error) =>
        CoordError.is(error, "TYPE_CONFLICT"),
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
