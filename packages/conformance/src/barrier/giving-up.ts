import assert from "node:assert/strict";
import { Member } from "@coord/barrier";
import { CoordError } from "@coord/core";
import { type Fault, type FaultyVerb, faulty } from "../faulty.ts";
import type { Bench, Case } from "../rig.ts";
import { cyclic, double, type Party, parties, presentAre, settled } from "./parties.ts";
import { isBroken } from "./phases.ts";

/** A party whose store fails as said, call by call; its session is renewed all the while. */
interface FailingParty extends Party {
  fail(how: (verb: FaultyVerb) => Fault | undefined): void;
  heal(): void;
}

async function failingParty(bench: Bench): Promise<FailingParty> {
  let failing: (verb: FaultyVerb) => Fault | undefined = () => undefined;
  const party = await bench.coord({}, (store) => faulty(store, bench.rig.runtime, (_, verb) => failing(verb)));
  return {
    ...party,
    fail: (how) => {
      failing = how;
    },
    heal: () => {
      failing = () => undefined;
    },
  };
}

/** As a full store does. */
const writesRefused = (verb: FaultyVerb) =>
  verb === "commit" || verb === "contend" ? ("lose-request" as const) : undefined;

const placesRefused = (verb: FaultyVerb) => (verb === "contend" ? ("lose-request" as const) : undefined);

const waitMs = 200;

/** A party that waits at a barrier of three beside a patient one, and can write nothing any more when its time runs out. */
async function stuck(bench: Bench, meet: (party: Party, wait: object) => Promise<unknown>) {
  const party = await failingParty(bench);
  const [other] = await parties(bench, 1);
  assert.ok(other);
  const patient = settled(meet(other, {}));
  await presentAre(bench, other, 1);
  const cancel = new AbortController();
  const outcome = settled(meet(party, { waitMs: waitMs + bench.rig.promptMs, signal: cancel.signal }));
  await presentAre(bench, other, 2);
  party.fail(writesRefused);
  await bench.pause(waitMs + bench.rig.promptMs);
  return { party, other, patient, outcome, cancel };
}

/** What a party that gives up is told, and what becomes of the others, while its store answers and takes no writes. */
export const givingUpCases: readonly Case[] = [
  ...[
    { kind: "cyclic", meet: (party: Party, wait: object) => cyclic(party, 3).arrive(wait) },
    { kind: "double", meet: (party: Party, wait: object) => double(party, 3).enter(wait) },
  ].flatMap(({ kind, meet }): Case[] => [
    {
      title: `${kind} barrier: a time-out that can't be written is told as unknown within the time of a session; the others hear of it later`,
      async run(bench) {
        const { party, other, patient, outcome } = await stuck(bench, meet);
        const error = await bench.within(bench.rig.ttlMs + bench.rig.promptMs, "the end", outcome);
        assert.ok(CoordError.is(error, "UNKNOWN_OUTCOME") && /"b"/.test(error.message), String(error));
        await presentAre(bench, other, 2);
        party.heal();
        assert.ok(isBroken(await bench.within(5_000, "the verdict", patient)));
        await presentAre(bench, other, 0);
      },
    },
    {
      title: `${kind} barrier: a time-out that can't be written is cut short by the signal, with the caller's own reason`,
      async run(bench) {
        const { party, other, patient, outcome, cancel } = await stuck(bench, meet);
        const reason = new Error("mine");
        cancel.abort(reason);
        assert.equal(await bench.within(bench.rig.promptMs, "the end", outcome), reason);
        party.heal();
        assert.ok(isBroken(await bench.within(5_000, "the verdict", patient)));
        await presentAre(bench, other, 0);
      },
    },
    {
      title: `${kind} barrier: a time-out that can't be written is cut short by close(), and the others are told`,
      async run(bench) {
        const { party, other, patient, outcome } = await stuck(bench, meet);
        const closed = party.coord.close();
        const error = await bench.within(bench.rig.promptMs, "the end", outcome);
        assert.ok(CoordError.is(error, "CLOSED"), String(error));
        await bench.within(2_000, "close()", closed);
        assert.ok(isBroken(await bench.within(bench.rig.ttlMs + 5_000, "the verdict", patient)));
        await presentAre(bench, other, 0);
      },
    },
  ]),
  {
    title: "cyclic barrier: a time-out that can't be written becomes a passage when the last one comes meanwhile",
    async run(bench) {
      const { party, patient, outcome } = await stuck(bench, (each, wait) => cyclic(each, 3).arrive(wait));
      const [last] = await parties(bench, 1);
      assert.ok(last);
      const outcomes = await Promise.all([patient, outcome, settled(cyclic(last, 3).arrive({ waitMs: 30_000 }))]);
      for (const each of outcomes) assert.ok(!(each instanceof Error), String(each));
      party.heal();
    },
  },
  {
    title: "double barrier: who gave up and is counted all the same keeps nobody inside",
    async run(bench) {
      const { party, patient, outcome, cancel, other } = await stuck(bench, (each, wait) =>
        double(each, 3).enter(wait),
      );
      cancel.abort("enough");
      assert.equal(await bench.within(bench.rig.promptMs, "the end", outcome), "enough");
      const [last] = await parties(bench, 1);
      assert.ok(last);
      const members = await Promise.all([patient, double(last, 3).enter({ waitMs: 30_000 })]);
      party.heal();
      const leaving = members.map((member) => (member instanceof Member ? member.leave() : Promise.reject(member)));
      await bench.within(5_000, "the others to leave", Promise.all(leaving));
      await presentAre(bench, other, 0);
    },
  },
  {
    title: "cyclic barrier: who gives up before it stands comes not later, and breaks nothing",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const late = await failingParty(bench);
      const patient = settled(cyclic(first, 2).arrive());
      await presentAre(bench, first, 1);
      late.fail(placesRefused);
      const cancel = new AbortController();
      const cancelled = settled(cyclic(late, 2).arrive({ signal: cancel.signal }));
      const error = await bench.within(
        waitMs + bench.rig.promptMs,
        "the end",
        settled(cyclic(late, 2).arrive({ waitMs })),
      );
      assert.ok(CoordError.is(error, "TIMEOUT"), String(error));
      cancel.abort("enough");
      assert.equal(await bench.within(bench.rig.promptMs, "the end", cancelled), "enough");
      late.heal();
      await bench.pause(1_000); // longer than the pause before the next attempt would be
      assert.equal((await cyclic(second, 2).arrive({ waitMs: 30_000 })).generation, 0);
      assert.ok(!((await patient) instanceof Error));
    },
  },
  {
    title: "cyclic barrier: who gives up without knowing whether it stands finds out, and breaks it if it did",
    async run(bench) {
      const [first] = await parties(bench, 1);
      assert.ok(first);
      const doubtful = await failingParty(bench);
      const patient = settled(cyclic(first, 3).arrive());
      await presentAre(bench, first, 1);
      let calls = 0;
      doubtful.fail((verb) => {
        if (verb !== "contend") return undefined;
        calls += 1;
        return calls === 1 ? "lose-reply" : "lose-request";
      });
      const outcome = settled(cyclic(doubtful, 3).arrive({ waitMs }));
      await presentAre(bench, first, 2);
      const error = await bench.within(waitMs + bench.rig.ttlMs + bench.rig.promptMs, "the end", outcome);
      assert.ok(CoordError.is(error, "UNKNOWN_OUTCOME"), String(error));
      doubtful.heal();
      assert.ok(isBroken(await bench.within(5_000, "the verdict", patient)));
      await presentAre(bench, first, 0);
    },
  },
];
