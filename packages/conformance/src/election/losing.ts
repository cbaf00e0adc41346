import assert from "node:assert/strict";
import { CoordError, type LeadershipLostError } from "@coord/core";
import type { Case } from "../rig.ts";
import { candidate, entriesOf, standing } from "./candidates.ts";

const isLoss = (error: unknown, ...reasons: LeadershipLostError["reason"][]) =>
  CoordError.is(error, "LEADERSHIP_LOST") && reasons.includes((error as LeadershipLostError).reason);

/** How a leader learns that it leads no more: rules 13, 14, 26, 27 and 30. */
export const losingCases: readonly Case[] = [
  {
    title: "election: when the store falls silent the leader's body is told before the next one leads",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      let toldMs: number | undefined;
      let leading = false;
      const running = a.election
        .lead(async (leadership) => {
          leading = true;
          await bench.eventually("the signal", () => leadership.signal.aborted, bench.rig.ttlMs * 3);
          toldMs = bench.rig.runtime.now();
          assert.throws(leadership.check);
        })
        .catch((error) => error);
      await bench.eventually("the leader", () => leading);
      const next = b.election.lead(() => bench.rig.runtime.now());
      await standing(bench, b.election, 2);
      a.network.stall();
      const ledMs = await next;
      assert.ok(toldMs !== undefined && toldMs <= ledMs, `told at ${toldMs}, next led at ${ledMs}`);
      a.network.heal();
      assert.ok(isLoss(await running, "deadline", "session"), String(await running));
    },
  },
  {
    title: "election: a leader is told when it is suspended and leads on; with `strict` that is the loss",
    async run(bench) {
      for (const strict of [false, true]) {
        const { election, network, coord } = await candidate(bench, `strict-${strict}`);
        const { election: other } = await candidate(bench, "other");
        const leadership = await election.campaign({ strict });
        const told: string[] = [];
        leadership.on("suspended", () => told.push("suspended")).on("lost", () => told.push("lost"));
        const next = other.campaign();
        await standing(bench, other, 2);
        network.refuse();
        await bench.eventually("suspended", () => coord.state === "suspended");
        await bench.eventually("being told", () => told.length > 0);
        assert.equal(leadership.signal.aborted, strict);
        if (strict) {
          assert.ok(isLoss(leadership.signal.reason, "suspended"), String(leadership.signal.reason));
          assert.throws(leadership.check, (error) => isLoss(error, "suspended"));
        } else leadership.check();
        network.heal();
        await bench.eventually("connected", () => coord.state === "connected", 15_000);
        assert.equal(await leadership.resign(), strict ? "lost" : "released");
        await (await bench.within(bench.rig.ttlMs + 5_000, "the next leader", next)).resign();
        await standing(bench, other, 0);
      }
    },
  },
  {
    title: "election: a strict leader that is lost leads no one else's term: its body ends before the next one begins",
    async run(bench) {
      const { election, network } = await candidate(bench, "a");
      const { election: other } = await candidate(bench, "b");
      let ended = false;
      let leading = false;
      const running = election
        .lead(
          async ({ signal }) => {
            leading = true;
            await bench.eventually("the signal", () => signal.aborted);
            network.heal();
            await bench.pause(100);
            ended = true;
          },
          { strict: true },
        )
        .catch((error) => error);
      await bench.eventually("the leader", () => leading);
      const next = other.lead(() => assert.ok(ended, "the next one led while the body ran"));
      await standing(bench, other, 2);
      network.refuse();
      assert.ok(isLoss(await running, "suspended"), String(await running));
      await next;
    },
  },
  {
    title: "election: lead never resolves normally after a loss; with `rejoin` it leads again in a new term",
    async run(bench) {
      const { election, coord } = await candidate(bench, "a");
      const once = election.lead(async ({ signal }) => {
        await bench.rig.expire(coord.status().session?.id ?? "");
        await bench.eventually("the signal", () => signal.aborted);
        return "done";
      });
      await assert.rejects(once, (error) => isLoss(error, "session", "deleted"));
      const terms: bigint[] = [];
      const shutdown = new AbortController();
      const value = await election.lead(
        async ({ signal, term }) => {
          terms.push(term);
          if (terms.length > 2) return shutdown.abort("enough");
          await bench.rig.expire(coord.status().session?.id ?? "");
          await bench.eventually("the signal", () => signal.aborted);
          throw new Error("in the way of ending");
        },
        { rejoin: true, signal: shutdown.signal },
      );
      assert.equal(value, undefined);
      assert.equal(terms.length, 3);
      assert.ok((terms[0] ?? 0n) < (terms[1] ?? 0n) && (terms[1] ?? 0n) < (terms[2] ?? 0n));
    },
  },
  {
    title: "election: with `rejoin` a candidate whose session is lost stands again",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const leadership = await a.election.campaign();
      const shutdown = new AbortController();
      const led = b.election.lead(
        ({ id }) => {
          shutdown.abort("enough");
          return id;
        },
        { rejoin: true, signal: shutdown.signal },
      );
      await standing(bench, a.election, 2);
      const before = b.coord.status().session?.id ?? "";
      await bench.rig.expire(before);
      await bench.eventually(
        "the new session",
        () => ![undefined, before].includes(b.coord.status().session?.id),
        15_000,
      );
      await standing(bench, a.election, 2);
      await leadership.resign();
      assert.equal(await bench.within(15_000, "being let lead", led), "b");
    },
  },
  {
    title: "election: a candidate whose session ended is never let lead, and in nobody's way",
    async run(bench) {
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((id) => candidate(bench, id)));
      assert.ok(a && b && c);
      const leadership = await a.election.campaign();
      const ended = b.election.campaign().catch((error) => error);
      await standing(bench, a.election, 2);
      const next = c.election.campaign();
      await standing(bench, a.election, 3);
      await bench.rig.expire(b.coord.status().session?.id ?? "");
      const error = await bench.within(bench.rig.ttlMs * 2, "the end", ended);
      assert.ok(CoordError.is(error, "SESSION_LOST", "LOCK_LOST"), String(error));
      await leadership.resign();
      await (await bench.within(5_000, "the next leader", next)).resign();
    },
  },
  {
    title:
      "election: a body that ignores its abort is reported after the grace time, and the others needn't wait for it",
    async run(bench) {
      const reports: unknown[] = [];
      const logger = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => reports.push(message) };
      const { election, coord } = await candidate(bench, "a", { logger });
      const { election: other } = await candidate(bench, "b");
      const shutdown = new AbortController();
      let stop = false;
      let leading = false;
      let settled = false;
      const running = election
        .lead(
          async () => {
            leading = true;
            await bench.eventually("to be let go", () => stop, 60_000);
            return "late";
          },
          { signal: shutdown.signal, graceMs: 300 },
        )
        .finally(() => (settled = true));
      await bench.eventually("the leader", () => leading);
      const next = other.campaign();
      await standing(bench, other, 2);
      shutdown.abort("enough");
      await bench.pause(100);
      assert.equal(reports.length, 0);
      assert.equal((await entriesOf(coord)).length, 2);
      const leadership = await bench.within(bench.rig.promptMs + 5_000, "the next leader", next);
      assert.equal(reports.length, 1);
      assert.match(String(reports[0]), /ignores/);
      assert.equal(settled, false);
      stop = true;
      await assert.rejects(
        running,
        (error) =>
          CoordError.is(error, "LEADERSHIP_LOST") &&
          /was handed over while the body of "a" ran on: it went on for 300 ms/.test(error.message),
      );
      leadership.check();
      await leadership.resign();
    },
  },
  {
    title: "election: a body that has resigned by itself may go on after its signal: nothing is handed over",
    async run(bench) {
      const reports: string[] = [];
      const logger = { debug() {}, info() {}, warn() {}, error: (_: object, what: string) => void reports.push(what) };
      const { election } = await candidate(bench, "a", { logger });
      const shutdown = new AbortController();
      const body = async ({ resign }: { readonly resign: () => Promise<unknown> }) => {
        await resign();
        shutdown.abort("enough");
        await bench.pause(300);
        return "done";
      };
      assert.equal(await election.lead(body, { signal: shutdown.signal, graceMs: 50 }), "done");
      assert.deepEqual(reports, []);
    },
  },
  {
    title: "election: close() tells the body, waits for it, and hands over",
    async run(bench) {
      const { election, coord } = await candidate(bench, "a");
      const { election: other } = await candidate(bench, "b");
      let ended = false;
      let leading = false;
      const running = election
        .lead(
          async ({ signal }) => {
            leading = true;
            await bench.eventually("the signal", () => signal.aborted);
            await bench.pause(100);
            ended = true;
          },
          { rejoin: true },
        )
        .catch((error) => error);
      await bench.eventually("the leader", () => leading);
      const next = other.lead(() => assert.ok(ended, "the next one led while the body ran"));
      await standing(bench, other, 2);
      await coord.close();
      assert.ok(isLoss(await running, "closed"), String(await running));
      await next;
      await assert.rejects(election.campaign(), (error) => CoordError.is(error, "CLOSED"));
    },
  },
];
