import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { SharedMap } from "@coord/replica";
import { bytes, type Case } from "../rig.ts";
import { mapOf, shown } from "./maps.ts";

/** What a node sees of a map. */
export const readingCases: readonly Case[] = [
  {
    title: "map: when open() resolves the copy is complete, and every node follows each change",
    async run(bench) {
      const a = await mapOf(bench);
      await a.map.set("x", "1");
      await a.map.set("y", "2");
      const b = await mapOf(bench);
      assert.deepEqual(shown(b.map), { x: "1", y: "2" });
      assert.equal(b.map.stale, false);
      await a.map.set("x", "3");
      await a.map.delete("y");
      await bench.eventually("the changes", () => b.map.get("x") === "3" && !b.map.has("y"), 2_000);
      assert.equal(b.map.size, 1);
      assert.deepEqual([...b.map.keys()], ["x"]);
      await bench.eventually("both nodes to agree", () => a.map.entry("x")?.version === b.map.entry("x")?.version);
    },
  },
  {
    title: "map: a change is told with what was before, and one made anew as replaced",
    async run(bench) {
      const { map, told } = await mapOf(bench);
      await map.set("k", "1");
      await map.set("k", "2");
      await map.delete("k");
      await map.set("k", "3");
      assert.deepEqual(
        told.changes.map(({ kind, key, before, now }) => [kind, key, before?.value, now?.value]),
        [
          ["added", "k", undefined, "1"],
          ["updated", "k", "1", "2"],
          ["removed", "k", "2", undefined],
          ["added", "k", undefined, "3"],
        ],
      );
      const watcher = await mapOf(bench);
      watcher.network.refuse();
      await bench.eventually("staleness", () => watcher.map.stale, 15_000);
      await map.delete("k");
      await map.set("k", "4");
      watcher.network.heal();
      await bench.eventually("the change", () => watcher.told.changes.length > 0, 15_000);
      const [change] = watcher.told.changes;
      assert.deepEqual([change?.kind, change?.before?.value, change?.now?.value], ["replaced", "3", "4"]);
    },
  },
  {
    title: "map: while the store is out of sight it keeps what it has, says so, and never shows less or older",
    async run(bench) {
      const writer = await mapOf(bench);
      for (const key of ["a", "b", "c"]) await writer.map.set(key, "1");
      const { map, network, told } = await mapOf(bench);
      const sizes = new Set<number>();
      map.on("change", () => sizes.add(map.size));
      for (const trouble of ["refuse", "stall", "reset"] as const) {
        const { revision } = map;
        network[trouble]();
        if (trouble !== "reset") await bench.eventually(`${trouble} to be noticed`, () => map.stale, 15_000);
        assert.equal(map.size, 3);
        await writer.map.set("a", trouble);
        assert.ok(map.revision >= revision);
        network.heal();
        await bench.eventually("the change", () => map.get("a") === trouble && !map.stale, 15_000);
      }
      assert.deepEqual([...sizes], [3]);
      assert.ok(told.stale.filter((stale) => stale).length >= 2);
      assert.equal(told.stale.at(-1), false);
    },
  },
  {
    title: "map: goes on when the client's session ends",
    async run(bench) {
      const writer = await mapOf(bench);
      const { map, coord } = await mapOf(bench);
      await bench.rig.expire(coord.status().session?.id ?? "");
      await writer.map.set("k", "1");
      await bench.eventually("the change", () => map.get("k") === "1", 15_000);
    },
  },
  {
    title: "map: what can't be read is left out, counted and told once; it comes when it is mended",
    async run(bench) {
      const { map, coord, told } = await mapOf<{ readonly n: number }>(bench);
      await map.set("good", { n: 1 });
      const hostile = ["{", "", "\u0000\u0001", '{"n":', "nul"];
      for (const [index, value] of hostile.entries())
        await coord.store.commit({ writes: [{ put: `m/bad${index}`, value: bytes(value) }] });
      await coord.store.commit({ writes: [{ put: "m/bytes", value: new Uint8Array([0xff, 0xfe, 0xc0]) }] });
      await coord.store.commit({ writes: [{ put: "m/%66oo", value: bytes("1") }] });
      await bench.eventually("all of them", () => map.rejected.size === hostile.length + 2);
      assert.deepEqual(shown(map), { good: { n: 1 } });
      await map.set("good", { n: 2 });
      await bench.eventually("each once", () => told.rejected.length === hostile.length + 2);
      const again = await mapOf<{ readonly n: number }>(bench);
      assert.deepEqual([...again.map.keys()], ["good"]);
      await map.set("bad0", { n: 3 });
      assert.deepEqual(map.get("bad0"), { n: 3 });
      assert.equal(map.rejected.size, hostile.length + 1);
    },
  },
  {
    title: "map: a schema decides what is written and what is shown",
    async run(bench) {
      const schema = {
        "~standard": {
          version: 1,
          vendor: "kit",
          validate: async (value: unknown) =>
            typeof value === "number" ? { value } : { issues: [{ message: "a number is wanted", path: [] }] },
        },
      } as const;
      const { map, coord, told } = await mapOf<number>(bench, { schema });
      await map.set("k", 1);
      await assert.rejects(
        map.set("k", "x" as unknown as number),
        (error) => CoordError.is(error, "VALIDATION") && /"k".*a number is wanted/.test(error.message),
      );
      await coord.store.commit({ writes: [{ put: "m/other", value: bytes('"text"') }] });
      await bench.eventually("the refusal", () => told.rejected.includes("other"));
      assert.deepEqual(shown(map), { k: 1 });
    },
  },
  {
    title: "map: what is read is nobody's to change, and an iteration shows one revision however long it takes",
    async run(bench) {
      const { map } = await mapOf<{ readonly list: readonly number[] }>(bench);
      await map.set("a", { list: [1] });
      await map.set("b", { list: [2] });
      const value = map.get("a") as { list: number[] };
      assert.throws(() => value.list.push(2), TypeError);
      const all = map.entries();
      const first = all.next().value;
      await map.delete("b");
      await map.set("c", { list: [] });
      assert.deepEqual([first?.key, ...[...all].map(({ key }) => key)], ["a", "b"]);
    },
  },
  {
    title: "map: any text is a key, also one with slashes, dots and emoji; an empty one is refused",
    async run(bench) {
      const { map } = await mapOf(bench);
      const keys = ["a/b", "a", ".", "..", "/", "a//b", "100%", "naïve 🦊", "%2F", "__proto__", "constructor"];
      for (const key of keys) await map.set(key, key);
      const other = await mapOf(bench);
      assert.deepEqual([...other.map.keys()].sort(), [...keys].sort());
      for (const key of keys) assert.equal(other.map.get(key), key);
      for (const key of ["", "\0", "x".repeat(300), 1 as unknown as string])
        await assert.rejects(map.set(key, "x"), (error) => CoordError.is(error, "USAGE"));
    },
  },
  {
    title: "map: open() waits for the store, no longer than it is told to, and ends with its signal or the client",
    async run(bench) {
      const { coord, network } = await bench.coord();
      network.refuse();
      await assert.rejects(
        SharedMap.open(coord, "m", { waitMs: 300 }),
        (error) => CoordError.is(error, "TIMEOUT") && /"m"/.test(error.message),
      );
      const cancel = new AbortController();
      const cancelled = SharedMap.open(coord, "m", { signal: cancel.signal }).catch((error) => error);
      cancel.abort("enough");
      assert.equal(await cancelled, "enough");
      const waiting = SharedMap.open(coord, "m", { waitMs: 60_000 });
      network.heal();
      const map = await bench.within(20_000, "the map", waiting);
      assert.equal(map.size, 0);
      await coord.close();
      assert.equal(map.stale, true);
      await assert.rejects(SharedMap.open(coord, "m"), (error) => CoordError.is(error, "CLOSED"));
      await assert.rejects(map.set("k", 1), (error) => CoordError.is(error, "CLOSED"));
    },
  },
];
