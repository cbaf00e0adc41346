import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { SharedMap } from "@coord/replica";
import type { Bench, Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { mapOf, shown } from "./maps.ts";

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "resolved",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

interface Slow {
  readonly ms: number;
  readonly round: string;
}

/** A schema that takes as long with a value as that says, and which one it is at. */
function slow(bench: Bench) {
  const values = {
    reading: "",
    schema: {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: async (value: unknown) => {
          const { ms, round } = value as Slow;
          if (ms > 0) values.reading = round;
          await bench.pause(ms);
          return { value: value as Slow };
        },
      },
    },
  };
  return values;
}

/** What becomes of a write. */
export const writingCases: readonly Case[] = [
  {
    title: "map: a write resolves when the local copy has it",
    async run(bench) {
      const { map } = await mapOf<number>(bench);
      for (let round = 1; round <= 20; round += 1) {
        const written = await map.set("k", round);
        assert.equal(map.get("k"), round);
        assert.deepEqual(map.entry("k"), written);
        assert.equal((await map.update("k", (now = 0) => now + 100))?.value, round + 100);
        assert.equal(map.get("k"), round + 100);
        assert.equal(await map.delete("k"), true);
        assert.equal(map.has("k"), false);
      }
      assert.equal(await map.delete("k"), false);
    },
  },
  {
    title: "map: so it is while the copy is busy reading what somebody else has written",
    async run(bench) {
      const values = slow(bench);
      const [{ map }, { map: others }] = [
        await mapOf<Slow>(bench, { schema: values.schema }),
        await mapOf<Slow>(bench),
      ];
      const busy = async (round: string) => {
        await others.set(`busy ${round}`, { ms: 200, round });
        await bench.eventually("it to be read", () => values.reading === round);
      };
      await busy("set");
      await map.set("k", { ms: 0, round: "first" });
      assert.equal(map.get("k")?.round, "first");
      await busy("update");
      await map.update("k", () => ({ ms: 0, round: "second" }));
      assert.equal(map.get("k")?.round, "second");
      await busy("delete");
      await map.delete("k");
      assert.equal(map.has("k"), false);
    },
  },
  {
    title: "map: many nodes write, remove and add at once, and each sees its own when it is told so",
    async run(bench) {
      const nodes = await Promise.all(Array.from({ length: 3 }, () => mapOf<number>(bench)));
      await Promise.all(
        nodes.map(async ({ map }, node) => {
          for (let round = 0; round < 10; round += 1) {
            const { version } = await map.set("shared", node);
            assert.ok(map.get("shared") === node || map.entry("shared")?.version !== version);
            await map.set(`own${node}`, round);
            assert.equal(map.get(`own${node}`), round);
            if (round % 3 === node) await map.delete("shared");
          }
        }),
      );
      await bench.eventually(
        "all to agree",
        () => new Set(nodes.map(({ map }) => JSON.stringify(shown(map)))).size === 1,
      );
    },
  },
  {
    title: "map: ifVersion writes on that version alone, null only where there is nothing",
    async run(bench) {
      const a = await mapOf(bench);
      const b = await mapOf(bench);
      const first = await a.map.set("k", "1", { ifVersion: null });
      assert.equal(await code(b.map.set("k", "2", { ifVersion: null })), "CONFLICT");
      const second = await b.map.set("k", "2", { ifVersion: first.version });
      assert.equal(second.order, first.order);
      assert.equal(await code(a.map.set("k", "3", { ifVersion: first.version })), "CONFLICT");
      assert.equal(await code(a.map.delete("k", { ifVersion: first.version })), "CONFLICT");
      assert.equal(await code(a.map.delete("none", { ifVersion: first.version })), "CONFLICT");
      assert.equal(await a.map.delete("k", { ifVersion: second.version }), true);
      const anew = await b.map.set("k", "2", { ifVersion: null });
      assert.ok(anew.order > first.order);
      assert.equal(await code(a.map.set("k", "4", { ifVersion: second.version })), "CONFLICT");
    },
  },
  {
    title: "map: a counter that all nodes update loses none",
    async run(bench) {
      const nodes = await Promise.all(Array.from({ length: 3 }, () => mapOf<number>(bench)));
      await Promise.all(
        nodes.map(async ({ map }) => {
          for (let round = 0; round < 5; round += 1) await map.update("n", (now = 0) => now + 1);
        }),
      );
      await bench.eventually("fifteen everywhere", () => nodes.every(({ map }) => map.get("n") === 15));
      const [{ map } = await mapOf<number>(bench)] = nodes;
      const { version } = map.entry("n") ?? {};
      assert.equal((await map.update("n", () => undefined))?.version, version);
      await assert.rejects(
        map.update("n", () => {
          throw new Error("of the caller");
        }),
        /of the caller/,
      );
    },
  },
  {
    title: "map: an owned entry goes with its writer's session, and nobody else can own it meanwhile",
    async run(bench) {
      const a = await mapOf(bench);
      const b = await mapOf(bench);
      await a.map.set("a", "1", { owned: true });
      assert.equal((await a.map.set("a", "2", { owned: true })).owned, true);
      await a.map.set("stays", "1");
      await bench.eventually("both", () => b.map.get("a") === "2" && b.map.has("stays"));
      assert.equal(b.map.entry("a")?.owned, true);
      assert.equal(await code(b.map.set("a", "3", { owned: true })), "CONFLICT");
      assert.equal(await code(b.map.set("stays", "3", { owned: true })), "CONFLICT");
      await bench.rig.expire(a.coord.status().session?.id ?? "");
      await bench.eventually("it to go", () => !b.map.has("a") && !a.map.has("a"), bench.rig.ttlMs + 5_000);
      assert.equal(b.map.get("stays"), "1");
      await b.map.set("a", "4", { owned: true });
      await b.coord.close();
      await bench.eventually("it to go with the client", () => !a.map.has("a"), 2_000);
    },
  },
  {
    title: "map: what is too large is refused by name, before it is sent",
    async run(bench) {
      const { map, coord } = await mapOf(bench);
      const { maxValueBytes } = coord.store.traits;
      await assert.rejects(
        map.set("big", "x".repeat(maxValueBytes)),
        (error) =>
          CoordError.is(error, "VALUE_TOO_LARGE") &&
          error.message.includes("big") &&
          error.message.includes(String(maxValueBytes)),
      );
      assert.equal(await code(map.set("k", undefined as unknown as string)), "VALIDATION");
      assert.equal(map.size, 0);
    },
  },
  {
    title: "map: a write that is cancelled, runs out of time or meets close() settles so",
    async run(bench) {
      const { map, network, coord } = await mapOf(bench);
      network.stall();
      assert.equal(await code(map.set("k", "1", { waitMs: 200 })), "TIMEOUT");
      const cancel = new AbortController();
      const cancelled = code(map.set("k", "2", { signal: cancel.signal }));
      cancel.abort("enough");
      assert.equal(await cancelled, "enough");
      const pending = code(map.update("k", () => "3"));
      await bench.pause(20);
      await coord.close();
      assert.match(await bench.within(2_000, "the pending write", pending), /CLOSED|UNKNOWN_OUTCOME|UNAVAILABLE/);
    },
  },
  ...repairable.map(
    (fault): Case => ({
      title: `map: a ${JSON.stringify(fault)} at each request leaves a write done, not done or unknown, as it says`,
      async run(bench) {
        const { map: witness } = await mapOf<number>(bench);
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const map = await SharedMap.open<number>(coord, "m");
          const key = `k${nth}`;
          let sure = 0;
          let unsure = 0;
          for (let round = 0; round < 3; round += 1) {
            const outcome = await code(map.update(key, (now = 0) => now + 1));
            if (outcome === "resolved") sure += 1;
            else if (outcome === "UNKNOWN_OUTCOME") unsure += 1;
            else assert.fail(outcome);
          }
          assert.ok(unsure <= 1, `${unsure} unknown`);
          const counted = await bench.eventually(
            "the count",
            () => (witness.get(key) ?? 0) >= sure && witness.get(key),
          );
          assert.ok(counted <= sure + unsure, `${counted} of ${sure} and ${unsure}`);
          await coord.close();
        }
      },
    }),
  ),
];
