import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import type { Case } from "../rig.ts";
import { candidate, entriesOf, standing } from "./candidates.ts";

/** What a candidate shows, and what others read of it: rules 24, 29 and 47. */
export const publishingCases: readonly Case[] = [
  {
    title: "election: proclaim replaces what the leader has published, which keeps its term, and not after it resigned",
    async run(bench) {
      const { election } = await candidate(bench, "a", { data: { url: "first" } });
      const { election: other } = await candidate(bench, "b");
      const leadership = await election.campaign();
      assert.deepEqual(await other.leader(), { id: "a", data: { url: "first" }, term: leadership.term });
      await leadership.proclaim({ url: "second" });
      assert.deepEqual(await other.leader(), { id: "a", data: { url: "second" }, term: leadership.term });
      await Promise.all(["third", "fourth", "fifth"].map((url) => leadership.proclaim({ url })));
      assert.deepEqual((await other.leader())?.data, { url: "fifth" });
      await leadership.proclaim(undefined);
      assert.deepEqual(await other.leader(), { id: "a", data: undefined, term: leadership.term });
      await leadership.resign();
      await assert.rejects(leadership.proclaim({ url: "late" }), (error) => CoordError.is(error, "LEADERSHIP_LOST"));
      assert.equal(await other.leader(), null);
    },
  },
  {
    title: "election: candidates are told in their order, with what they published; what others wrote does no harm",
    async run(bench) {
      const a = await candidate(bench, "a", { data: { url: "http://a" } });
      const b = await candidate(bench, '{"b"');
      const { store } = await bench.store();
      await a.coord.store.commit({ writes: [{ create: "e/note", value: new Uint8Array([1]) }] });
      const leadership = await a.election.campaign();
      const waiting = b.election.campaign();
      await standing(bench, a.election, 2);
      const session = await bench.session(store);
      const ticket = { ...bench.ticket(session, "latch"), value: Uint8Array.of(0x7b, 0xff) };
      const foreign = await store.contend(bench.key("e"), ticket);
      const candidates = await b.election.candidates();
      assert.deepEqual(
        candidates.map(({ id, data }) => [id, data]),
        [
          ["a", { url: "http://a" }],
          ['{"b"', undefined],
          ["{\ufffd", undefined],
        ],
      );
      assert.equal(candidates[2]?.term, foreign.mine.order);
      await leadership.resign();
      await (await waiting).resign();
    },
  },
  {
    title: "election: an id without data is written as it is, as other programs do",
    async run(bench) {
      const { election, coord } = await candidate(bench, "plain-id");
      const leadership = await election.campaign();
      const [entry] = await entriesOf(coord);
      assert.equal(new TextDecoder().decode(entry?.value), "plain-id");
      await leadership.proclaim({ url: "u" });
      const [after] = await entriesOf(coord);
      assert.deepEqual(JSON.parse(new TextDecoder().decode(after?.value)), { id: "plain-id", data: { url: "u" } });
      await leadership.resign();
    },
  },
];
