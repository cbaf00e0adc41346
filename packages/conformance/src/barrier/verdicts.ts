import assert from "node:assert/strict";
import { type BrokenBarrierError, CoordError } from "@coord/core";
import { faulty } from "../faulty.ts";
import type { Case } from "../rig.ts";
import { cyclic, expire, parties, present, presentAre, settled } from "./parties.ts";

const isBroken = (error: unknown) => CoordError.is(error, "BROKEN_BARRIER");

/** What breaks a barrier, and for whom: the verdict is one for all. Rules 32 and 33. */
export const verdictCases: readonly Case[] = [
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
    title: "cyclic barrier: a party whose entry somebody removes while it waits is told, and counted no more",
    async run(bench) {
      for (const onLoss of ["break", "wait"] as const) {
        for (const removed of [0, 1]) {
          const all = await parties(bench, 4);
          const [first, second, third, fourth] = all;
          assert.ok(first && second && third && fourth);
          const waits: Promise<unknown>[] = [];
          for (const [index, party] of [first, second].entries()) {
            waits.push(settled(cyclic(party, 3, onLoss).arrive({ waitMs: 60_000 })));
            await presentAre(bench, party, index + 1);
          }
          const { entries } = await third.coord.store.list("b");
          const standing = entries.filter(({ session }) => session !== undefined);
          const victim = standing.toSorted((a, b) => Number(a.order - b.order))[removed];
          assert.ok(victim);
          await third.coord.store.commit({ writes: [{ remove: victim.key }] });
          const told = await bench.within(5_000, "the removed one to be told", waits[removed] ?? Promise.reject());
          if (onLoss === "break") assert.ok(isBroken(told) && isBroken(await waits[1 - removed]), String(told));
          else {
            assert.ok(CoordError.is(told, "LOCK_LOST") && /"b" was removed/.test(told.message), String(told));
            waits[removed] = settled(cyclic(third, 3, onLoss).arrive({ waitMs: 60_000 }));
            waits.push(settled(cyclic(fourth, 3, onLoss).arrive({ waitMs: 60_000 })));
            for (const outcome of await Promise.all(waits)) assert.ok(!(outcome instanceof Error), String(outcome));
          }
          await presentAre(bench, fourth, 0);
        }
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
];
