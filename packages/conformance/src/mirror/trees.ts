import assert from "node:assert/strict";
import { type Coord, CoordError, routes } from "@coord/core";
import { MemoryServer, memory } from "@coord/memory";
import { compare, copy, mirror } from "@coord/mirror";
import { SharedMap } from "@coord/replica";
import { type Bench, type Case, text } from "../rig.ts";
import { directories, put, remove, running, twoStores } from "./stores.ts";

const deep = true;
const discoverMs = 100;

const isUsage = (error: unknown) => CoordError.is(error, "USAGE");

/** With what the target has of its own. */
const alikeBelow = (bench: Bench, source: Coord, target: Coord, { extra = [], into }: Expected = {}) =>
  bench.eventually(
    "the trees to be alike",
    async () => {
      const found = await compare(source, target, { directories, deep, into });
      return found.same && String(found.extra) === String(extra);
    },
    30_000,
  );

interface Expected {
  readonly extra?: readonly string[];
  readonly into?: string;
}

/** Copies and mirrors of all that lies below a name. */
export const treeCases: readonly Case[] = [
  ...(["rig", "other"] as const).map(
    (from): Case => ({
      title: `copy: deep, all that lasts below a name is there afterwards, ${from === "rig" ? "from this store" : "to this store"}`,
      async run(bench) {
        const { rig, other } = await twoStores(bench);
        const [source, target] = from === "rig" ? [rig.coord, other] : [other, rig.coord];
        const names = ["d/a", "d/a/b", "d/a/b/c/d/e", "d/f/g", "d2/x"];
        for (const name of names) await put(source, name, name);
        const map = await SharedMap.open(source, "d/sessions/of");
        await map.set("mine", 1, { owned: true });
        await put(target, "d/own/x", "of the target");
        const copied = await copy(source, target, { directories, deep });
        assert.deepEqual(
          { ...copied, refused: copied.refused.size },
          {
            same: true,
            entries: 4,
            missing: [],
            different: [],
            extra: ["d/own/x"],
            ephemeral: ["d/sessions/of/mine"],
            refused: 0,
          },
        );
        const { value = new Uint8Array() } = (await target.store.get("d/a/b/c/d/e")) ?? {};
        assert.equal(text(value), "d/a/b/c/d/e");
        assert.equal(await target.store.get("d2/x"), undefined);
        assert.deepEqual((await copy(source, target, { directories: [""], deep })).missing, []);
        assert.equal(text((await target.store.get("d2/x"))?.value ?? new Uint8Array()), "d2/x");
      },
    }),
  ),
  {
    title: "copy: deep, into another place of the same store, never into itself, and without the notes of mirrors",
    async run(bench) {
      const { coord } = await bench.coord();
      await put(coord, "d/a/k", "1");
      for (const options of [{ directories }, { directories, into: "d" }, { directories: [""], into: "backup" }])
        await assert.rejects(copy(coord, coord, { ...options, deep }), isUsage);
      assert.equal((await copy(coord, coord, { directories, deep, into: "backup" })).same, true);
      assert.equal((await coord.store.list("backup/d/a")).entries.length, 1);
      await put(coord, "mirrors/d/a/k", "a note");
      const { other } = await twoStores(bench);
      assert.equal((await copy(coord, other, { directories: [""], deep })).same, true);
      assert.deepEqual(await other.store.directories(""), ["backup", "d"]);
    },
  },
  ...(["rig", "other"] as const).map(
    (from): Case => ({
      title: `mirror: deep, finds directories that appear and empties those that go, ${from === "rig" ? "from this store" : "to this store"}`,
      async run(bench) {
        const { rig, other } = await twoStores(bench);
        const [source, target] = from === "rig" ? [rig.coord, other] : [other, rig.coord];
        await put(source, "d/a", "1");
        await put(source, "d/a/b/k", "1");
        await put(target, "d/own/x", "of the target");
        const { stop, told } = running(source, target, { deep, discoverMs });
        const alike = () => alikeBelow(bench, source, target, { extra: ["d/own/x"] });
        await alike();
        const before = await target.store.get("d/a/b/k");
        await put(source, "d/a/b/c/d/new", "1");
        await put(source, "d/z/new", "1");
        await remove(source, "d/a/b/k");
        await put(source, "d/a/b/k", "1");
        await alike();
        await bench.eventually("it to be made anew", async () => {
          const now = await target.store.get("d/a/b/k");
          return now !== undefined && now.order > (before?.order ?? 0n);
        });
        for (const name of ["d/a/b/c/d/new", "d/a/b/k"]) await remove(source, name);
        await alike();
        assert.deepEqual(await target.store.directories("d"), ["d/own", "d/z"]);
        await remove(source, "d/z/new");
        await alike();
        await put(source, "d/z/new", "again");
        await alike();
        assert.ok(told.some(({ directory }) => directory === "d/z"));
        await stop();
      },
    }),
  ),
  {
    title:
      "mirror: deep, interrupted, what went meanwhile with all its directory goes, and what is the target's own stays",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      for (const name of ["d/gone/for/good", "d/gone/x", "d/stays/x"]) await put(rig.coord, name, "1");
      await put(other, "d/gone/own", "of the target");
      const first = running(rig.coord, other, { deep, discoverMs });
      await alikeBelow(bench, rig.coord, other, { extra: ["d/gone/own"] });
      await first.stop();
      for (const name of ["d/gone/for/good", "d/gone/x"]) await remove(rig.coord, name);
      const second = running(rig.coord, other, { deep, discoverMs });
      await alikeBelow(bench, rig.coord, other, { extra: ["d/gone/own"] });
      await second.stop();
      await bench.eventually("no note of it to be left", async () => {
        return String(await other.store.directories("mirrors/d")) === "mirrors/d/stays";
      });
    },
  },
  {
    title: "mirror: deep, gets over a source and a target that go out of sight, and ends with its clients",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      const writer = await bench.coord();
      const back = await bench.coord();
      const there = running(rig.coord, other, { deep, discoverMs });
      const onward = running(other, back.coord, { deep, discoverMs, into: "copy" });
      for (let round = 0; round < 40; round += 1) {
        await put(writer.coord, `d/${round % 7}/k${round % 3}`, `${round}`);
        if (round % 5 === 3) await remove(writer.coord, `d/${round % 4}/k${round % 3}`);
        if (round % 20 === 5) rig.network.reset();
        if (round % 20 === 15) back.network.reset();
      }
      rig.network.refuse();
      await put(writer.coord, "d/last/but/not/least", "1");
      await bench.pause(bench.rig.promptMs);
      rig.network.heal();
      await alikeBelow(bench, writer.coord, other);
      await alikeBelow(bench, writer.coord, back.coord, { into: "copy" });
      await onward.stop();
      await rig.coord.close();
      await bench.within(2_000, "the end", there.ended);
      await assert.rejects(mirror(other, other, { directories, deep, into: "x", discoverMs: -1 }), isUsage);
    },
  },
  {
    title: "mirror: into one of several stores of a client the notes lie with what they are on, and are found again",
    async run(bench) {
      const { coord: source } = await bench.coord();
      const [outer, inner] = [new MemoryServer(bench.rig.runtime), new MemoryServer(bench.rig.runtime)];
      const target = await bench.connected(routes({ "": memory({ server: outer }), d: memory({ server: inner }) }));
      for (const name of ["d/k1", "d/k2"]) await put(source, name, "1");
      const first = running(source, target);
      await bench.eventually("the copy", async () => (await compare(source, target, { directories })).same);
      await first.stop();
      await remove(source, "d/k1");
      const second = running(source, target);
      await bench.eventually("the removal", async () => (await target.store.get("d/k1")) === undefined);
      await second.stop();
      await assert.rejects(copy(target, source, { directories: [""], deep, into: "x" }), isUsage);
    },
  },
];
