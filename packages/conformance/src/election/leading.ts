import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { Election } from "@coord/election";
import { Mutex } from "@coord/lock";
import { countedClient } from "../counting.ts";
import type { Case } from "../rig.ts";
import { candidate, entriesOf, standing } from "./candidates.ts";

/** Who comes to lead, and how it ends: rules 25 and 29, and 11, 15 to 17 for candidates. */
export const leadingCases: readonly Case[] = [
  {
    title: "election: candidates lead one after the other, in the order in which they stood, with rising terms",
    async run(bench) {
      const candidates = await Promise.all(["a", "b", "c"].map((id) => candidate(bench, id)));
      const [first] = candidates;
      assert.ok(first);
      const holding = await first.election.campaign();
      const led: [string, bigint][] = [];
      const waits: Promise<unknown>[] = [];
      for (const [index, { election }] of candidates.entries()) {
        waits.push(election.lead(({ id, term }) => void led.push([id, term])));
        await standing(bench, election, index + 2);
      }
      await holding.resign();
      await Promise.all(waits);
      assert.deepEqual(
        led.map(([id]) => id),
        ["a", "b", "c"],
      );
      const terms = [holding.term, ...led.map(([, term]) => term)];
      assert.deepEqual(
        terms,
        [...terms].sort((a, b) => Number(a - b)),
      );
      assert.equal(new Set(terms).size, 4);
    },
  },
  {
    title: "election: tryLead leads if nobody does, and only then; who doesn't leaves nothing behind",
    async run(bench) {
      const [a, b] = [await candidate(bench, "a"), await candidate(bench, "b")];
      const outcome = await a.election.tryLead(async ({ id, check }) => {
        check();
        assert.deepEqual(await b.election.tryLead(() => "both"), { led: false });
        assert.equal(await b.election.tryCampaign(), null);
        assert.equal((await entriesOf(a.coord)).length, 1);
        return id;
      });
      assert.deepEqual(outcome, { led: true, value: "a" });
      await assert.rejects(
        a.election.tryLead(() => Promise.reject(new Error("the body's own"))),
        /the body's own/,
      );
      const leadership = await b.election.tryCampaign();
      assert.equal(await leadership?.resign(), "released");
    },
  },
  {
    title: "election: of those who try to lead at the same time, while nobody leads or stands, exactly one does",
    async run(bench) {
      const candidates = await Promise.all(["a", "b", "c"].map((id) => candidate(bench, id)));
      let term = 0n;
      for (let round = 0; round < 5; round += 1) {
        const tries = await Promise.all(candidates.map(({ election }) => election.tryCampaign()));
        const won = tries.filter((leadership) => leadership !== null);
        assert.equal(won.length, 1);
        const [leadership] = won;
        assert.ok(leadership && leadership.term > term);
        term = leadership.term;
        leadership.check();
        assert.equal(await leadership.resign(), "released");
      }
    },
  },
  {
    title: "election: lead resolves with the body's value, rejects with its error, and resigns either way",
    async run(bench) {
      const { election, coord } = await candidate(bench, "a");
      const value = await election.lead(async ({ signal, term, check, guard, fencingToken }) => {
        check();
        assert.equal(signal.aborted, false);
        assert.equal(term, fencingToken);
        await coord.store.commit({ guards: [guard], writes: [] });
        assert.equal((await election.leader())?.term, term);
        return 42;
      });
      assert.equal(value, 42);
      assert.equal(await election.leader(), null);
      const mine = new Error("mine");
      for (const rejoin of [false, true]) {
        await assert.rejects(
          election.lead(() => Promise.reject(mine), { rejoin }),
          (error) => error === mine,
        );
      }
      assert.deepEqual(await entriesOf(coord), []);
    },
  },
  {
    title: "election: campaign gives the leadership as a hold, which is resigned once and hands over at once",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const leadership = await a.election.campaign();
      const next = b.election.campaign();
      await standing(bench, a.election, 2);
      assert.equal(await leadership.resign(), "released");
      assert.equal(await leadership.release(), "released");
      assert.throws(leadership.check, (error) => CoordError.is(error, "LEADERSHIP_LOST"));
      const after = await bench.within(bench.rig.promptMs + 2_000, "the next leader", next);
      assert.ok(after.term > leadership.term);
      {
        await using held = after;
        held.check();
      }
      assert.equal(await a.election.leader(), null);
    },
  },
  {
    title: "election: a campaign that runs out of time, or is cancelled, leaves no candidate behind",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const leadership = await a.election.campaign();
      await assert.rejects(
        b.election.campaign({ waitMs: 100 }),
        (error) => CoordError.is(error, "TIMEOUT") && /"e"/.test(error.message),
      );
      const reason = new Error("mine");
      for (const campaign of ["campaign", "lead"] as const) {
        const cancel = new AbortController();
        const options = { signal: cancel.signal };
        const ended = (
          campaign === "lead"
            ? b.election.lead(() => "never", { ...options, rejoin: true })
            : b.election.campaign(options)
        ).catch((error: unknown) => error);
        await standing(bench, a.election, 2);
        cancel.abort(reason);
        assert.equal(await bench.within(bench.rig.promptMs, "the end", ended), reason);
        await standing(bench, a.election, 1);
      }
      leadership.check();
      await leadership.resign();
    },
  },
  {
    title: "election: a signal tells the leader's body to stop, which leads until it has, and its value counts",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const shutdown = new AbortController();
      const reason = new Error("shutdown");
      let leading = false;
      const running = a.election.lead(
        async ({ signal, check }) => {
          leading = true;
          await bench.eventually("the signal", () => signal.aborted);
          assert.equal(signal.reason, reason);
          await bench.pause(50);
          check();
          assert.equal((await b.election.leader())?.id, "a");
          return "stopped";
        },
        { signal: shutdown.signal, rejoin: true },
      );
      await bench.eventually("the leader", () => leading);
      shutdown.abort(reason);
      assert.equal(await running, "stopped");
      assert.equal(await b.election.leader(), null);
    },
  },
  {
    title: "election: with `rejoin` a body that returns leads again, and lets the others have their turn",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const shutdown = new AbortController();
      const led: string[] = [];
      const ends = [a, b].map(({ election }) =>
        election
          .lead(({ id }) => void led.push(id), { rejoin: true, signal: shutdown.signal })
          .catch((error: unknown) => error),
      );
      await bench.eventually(
        "both to lead several times",
        () => ["a", "b"].every((id) => led.filter((x) => x === id).length > 2),
        30_000,
      );
      shutdown.abort("enough");
      for (const end of await Promise.all(ends)) assert.ok(end === "enough" || end === undefined, String(end));
      await standing(bench, a.election, 0);
    },
  },
  {
    title: "election: a nested campaign is a DeadlockError, and a name in use as a lock a TypeConflictError",
    async run(bench) {
      const { election, coord } = await candidate(bench, "a");
      await election.lead(async () => {
        await assert.rejects(election.campaign(), (error) => CoordError.is(error, "DEADLOCK"));
        await assert.rejects(
          new Election(coord, "e").lead(() => {}),
          (error) => CoordError.is(error, "DEADLOCK"),
        );
      });
      const hold = await new Mutex(coord, "e").acquire();
      await assert.rejects(election.campaign({ waitMs: 5_000 }), (error) => CoordError.is(error, "TYPE_CONFLICT"));
      await hold.release();
      assert.throws(
        () => new Election(coord, "a//b"),
        (error) => CoordError.is(error, "USAGE"),
      );
    },
  },
  {
    title: "costs: an uncontended campaign costs one request, and so does resigning; one resignation wakes one",
    async run(bench) {
      const client = await countedClient(bench);
      const { coord } = await bench.coord();
      const leadership = await new Election(client.coord, "e").campaign();
      await leadership.resign();
      assert.deepEqual(client.requests, ["contend", "commit"]);
      const first = await new Election(coord, "e").campaign();
      const led: unknown[] = [];
      const shutdown = new AbortController();
      const waits = Array.from({ length: 10 }, (_, index) =>
        new Election(client.coord, "e", { id: `${index}` }).campaign({ signal: shutdown.signal }).then(
          (won) => led.push(won),
          () => {},
        ),
      );
      const { election } = await candidate(bench, "watcher");
      await standing(bench, election, 11);
      await bench.eventually("all to follow", () => client.wakes >= 10);
      await bench.pause(bench.rig.promptMs);
      client.wakes = 0;
      await first.resign();
      await bench.eventually("the next leader", () => led.length === 1);
      await bench.pause(bench.rig.promptMs);
      assert.equal(client.wakes, 1);
      shutdown.abort("enough");
      await Promise.all(waits);
    },
  },
];
