import assert from "node:assert/strict";
import { Member } from "@coord/barrier";
import { CoordError } from "@coord/core";
import type { Case } from "../rig.ts";
import { double, expire, type Party, parties, presentAre, settled } from "./parties.ts";

export const isBroken = (error: unknown) => CoordError.is(error, "BROKEN_BARRIER");

async function inside(all: readonly Party[], count = all.length): Promise<Member[]> {
  return Promise.all(all.map((party) => double(party, count).enter({ waitMs: 30_000 })));
}

/** Entering together and leaving together: rule 32. */
export const phaseCases: readonly Case[] = [
  {
    title: "double barrier: all enter together, work, and leave together, round after round",
    async run(bench) {
      const all = await parties(bench, 4);
      const count = { came: 0, done: 0 };
      const rounds = 3;
      const results = await Promise.all(
        all.map(async (party, index) => {
          const seen: number[] = [];
          for (let round = 0; round < rounds; round += 1) {
            await bench.pause(index * 5);
            count.came += 1;
            const at = await double(party, 4).run(
              async ({ index: mine, generation, signal }) => {
                assert.equal(generation, round);
                assert.equal(signal.aborted, false);
                assert.equal(count.came, 4 * (round + 1));
                await bench.pause(mine * 9);
                count.done += 1;
                return mine;
              },
              { waitMs: 60_000 },
            );
            assert.equal(count.done, 4 * (round + 1));
            seen.push(at);
          }
          return seen;
        }),
      );
      for (let round = 0; round < rounds; round += 1)
        assert.deepEqual(results.map((seen) => seen[round]).sort(), [0, 1, 2, 3]);
      const [first] = all;
      assert.ok(first);
      await presentAre(bench, first, 0);
    },
  },
  {
    title: "double barrier: the next ones don't enter before the last one has left",
    async run(bench) {
      const all = await parties(bench, 4);
      const members = await inside(all.slice(0, 2));
      const next = all.slice(2).map((party) => double(party, 2).enter({ waitMs: 60_000 }));
      let entered = 0;
      for (const wait of next) void wait.then(() => (entered += 1));
      await bench.pause(bench.rig.promptMs);
      assert.equal(entered, 0);
      const [first, second] = members;
      assert.ok(first && second);
      const leaving = first.leave();
      await bench.pause(bench.rig.promptMs);
      assert.equal(entered, 0);
      await Promise.all([leaving, second.leave()]);
      const after = await Promise.all(next);
      assert.deepEqual(
        after.map(({ generation }) => generation),
        [1, 1],
      );
      await Promise.all(after.map((member) => member.leave()));
    },
  },
  ...[0, 1, 2].map(
    (dying): Case => ({
      title: `double barrier: a party that dies at work, number ${dying}, is not waited for by those who leave, and its signal aborts`,
      async run(bench) {
        const all = await parties(bench, 3);
        const members = (await inside(all)).sort((a, b) => a.index - b.index);
        const victim = members[dying];
        assert.ok(victim);
        const leaving = members.filter((member) => member !== victim).map((member) => member.leave({ waitMs: 60_000 }));
        await bench.pause(bench.rig.promptMs);
        const owner = await ownerOf(all, victim);
        await expire(bench, owner);
        await bench.within(bench.rig.ttlMs + 5_000, "the others to leave", Promise.all(leaving));
        await bench.eventually("the loss", () => victim.signal.aborted, 2_000);
        await assert.rejects(victim.leave(), (error) => CoordError.is(error, "LOCK_LOST"));
        const again = await inside(all);
        assert.ok(again.every(({ generation }) => generation === 1));
        await Promise.all(again.map((member) => member.leave()));
      },
    }),
  ),
  {
    title:
      "double barrier: the first one, lost while it waits to leave, is told so and lets nobody in while another is inside",
    async run(bench) {
      for (const how of ["expired", "removed"] as const) {
        const all = await parties(bench, 4);
        const members = (await inside(all.slice(0, 2))).sort((a, b) => a.index - b.index);
        const [first, second] = members;
        assert.ok(first && second);
        const leaving = settled(first.leave({ waitMs: 60_000 }));
        const next = all.slice(2).map((party) => double(party, 2).enter({ waitMs: 60_000 }));
        let entered = 0;
        for (const wait of next) void wait.then(() => (entered += 1));
        const owner = await ownerOf(all, first);
        if (how === "expired") await expire(bench, owner);
        else await removeFirst(owner);
        const loss = await bench.within(bench.rig.ttlMs + 5_000, "the loss", leaving);
        assert.ok(CoordError.is(loss, "LOCK_LOST"), String(loss));
        await bench.pause(bench.rig.promptMs);
        assert.equal(entered, 0);
        assert.ok(!second.over);
        await bench.within(5_000, "the second one to leave", second.leave());
        await Promise.all((await Promise.all(next)).map((member) => member.leave()));
      }
    },
  },
  {
    title:
      "double barrier: the first one may be released while it waits to leave: then it waits for the others like them",
    async run(bench) {
      const all = await parties(bench, 4);
      const [first, second] = (await inside(all.slice(0, 2))).sort((a, b) => a.index - b.index);
      assert.ok(first && second);
      const leaving = settled(first.leave());
      await first.release();
      const next = all.slice(2).map((party) => double(party, 2).enter({ waitMs: 60_000 }));
      await second.leave({ waitMs: 60_000 });
      const left = await bench.within(bench.rig.promptMs + 5_000, "the first one to have left", leaving);
      assert.ok(left === undefined || CoordError.is(left, "LOCK_LOST"), String(left));
      await Promise.all((await Promise.all(next)).map((member) => member.leave()));
    },
  },
  {
    title: "double barrier: when all who were inside have died, the next ones enter",
    async run(bench) {
      const all = await parties(bench, 2);
      await inside(all);
      for (const party of all) await expire(bench, party);
      for (const { coord } of all) await coord.close();
      const next = await parties(bench, 2);
      const members = await bench.within(bench.rig.ttlMs + 15_000, "the next ones", inside(next));
      await Promise.all(members.map((member) => member.leave()));
    },
  },
  {
    title: "double barrier: a party that dies before all are there breaks it for all, or another is waited for",
    async run(bench) {
      for (const onLoss of ["break", "wait"] as const) {
        const [first, second, third, fourth] = await parties(bench, 4);
        assert.ok(first && second && third && fourth);
        const waits = [];
        for (const [index, party] of [first, second].entries()) {
          waits.push(settled(double(party, 3, onLoss).enter({ waitMs: 60_000 })));
          await presentAre(bench, party, index + 1);
        }
        await bench.pause(bench.rig.promptMs);
        await expire(bench, second);
        assert.ok(CoordError.is(await waits[1], "SESSION_LOST", "BROKEN_BARRIER"));
        if (onLoss === "break") {
          assert.ok(isBroken(await bench.within(bench.rig.ttlMs + 5_000, "the verdict", waits[0] ?? Promise.reject())));
          await presentAre(bench, first, 0);
          continue;
        }
        await presentAre(bench, first, 1, bench.rig.ttlMs * 2);
        const rest = [third, fourth].map((party) => double(party, 3, onLoss).enter({ waitMs: 60_000 }));
        const members = (await Promise.all([...rest, waits[0]])) as Member[];
        assert.deepEqual(members.map(({ index }) => index).sort(), [0, 1, 2]);
        await Promise.all(members.map((member) => member.leave()));
      }
    },
  },
  {
    title: "double barrier: a party that is cancelled as the last one comes is inside or gone, and keeps nobody",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      for (let offset = 0; offset < 16; offset += 1) {
        const cancel = new AbortController();
        const cancelled = settled(double(first, 2).enter({ signal: cancel.signal }));
        await presentAre(bench, first, 1);
        const other = settled(double(second, 2).enter({ waitMs: 30_000 }));
        bench.rig.runtime.timer(offset / 2, () => cancel.abort("cancelled"));
        const outcomes = await Promise.all([cancelled, other]);
        const members = outcomes.flatMap((outcome) => (outcome instanceof Member ? [outcome] : []));
        await Promise.all(members.map((member) => member.leave({ waitMs: 30_000 })));
        await presentAre(bench, first, 0);
      }
    },
  },
  {
    title: "double barrier: running out of time while leaving leaves all the same, and the others are not kept",
    async run(bench) {
      const all = await parties(bench, 3);
      const members = (await inside(all)).sort((a, b) => a.index - b.index);
      for (const member of members.slice(0, 2))
        await assert.rejects(member.leave({ waitMs: 100 }), (error) => CoordError.is(error, "TIMEOUT"));
      await bench.within(5_000, "the last one to leave", members[2]?.leave() ?? Promise.reject());
      const again = await inside(all);
      await Promise.all(again.map((member) => member.release()));
    },
  },
  {
    title: "double barrier: a body that throws leaves at once with its own error, and the others leave too",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const mine = new Error("mine");
      const failing = double(first, 2).run(() => Promise.reject(mine), { waitMs: 30_000 });
      const working = double(second, 2).run(() => "done", { waitMs: 30_000 });
      await assert.rejects(failing, (error) => error === mine);
      assert.equal(await working, "done");
    },
  },
  {
    title: "double barrier: run rejects with the loss of its place, once the body has ended",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      let ended = false;
      const losing = double(first, 2).run(
        async ({ signal }) => {
          await expire(bench, first);
          await bench.eventually("the signal", () => signal.aborted);
          ended = true;
        },
        { waitMs: 30_000 },
      );
      const working = double(second, 2).run(() => "done", { waitMs: 30_000 });
      await assert.rejects(losing, (error) => CoordError.is(error, "LOCK_LOST"));
      assert.ok(ended);
      assert.equal(await working, "done");
    },
  },
];

/** Whose client holds this place. */
async function ownerOf(all: readonly Party[], member: Member): Promise<Party> {
  const owner = all.find(({ coord }) =>
    coord.status().holds.some(({ fencingToken }) => fencingToken === String(member.fencingToken)),
  );
  if (!owner) throw new Error("nobody holds it");
  return owner;
}

/** As an operator would: the first of those who are there. */
async function removeFirst({ coord }: Party): Promise<void> {
  const { entries } = await coord.store.list("b");
  const [first] = entries
    .filter(({ session }) => session !== undefined)
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
  assert.ok(first);
  await coord.store.commit({ writes: [{ remove: first }] });
}
