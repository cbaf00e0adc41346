import assert from "node:assert/strict";
import { CoordError, type Write } from "@coord/core";
import { compare, copy } from "@coord/mirror";
import { SharedMap } from "@coord/replica";
import { bytes, type Case } from "../rig.ts";
import { directories, put, twoStores } from "./stores.ts";

/** What a copy is, once. */
export const copyingCases: readonly Case[] = [
  ...(["rig", "other"] as const).map(
    (from): Case => ({
      title: `copy: all that lasts is there afterwards, ${from === "rig" ? "from this store" : "to this store"}; what is bound to a session is left out, and said`,
      async run(bench) {
        const { rig, other } = await twoStores(bench);
        const [source, target] = from === "rig" ? [rig.coord, other] : [other, rig.coord];
        const writes: Write[] = Array.from({ length: 300 }, (_, n) => ({ put: `d/k${n}`, value: bytes(`value ${n}`) }));
        for (let at = 0; at < writes.length; at += 100)
          await source.store.commit({ writes: writes.slice(at, at + 100) });
        const map = await SharedMap.open(source, "d");
        await map.set("mine", 1, { owned: true });
        await put(target, "d/k1", "another");
        await put(target, "d/own", "of the target");
        const copied = await copy(source, target, { directories });
        assert.deepEqual(
          { ...copied, refused: copied.refused.size },
          { same: true, entries: 300, missing: [], different: [], extra: ["d/own"], ephemeral: ["d/mine"], refused: 0 },
        );
        assert.equal((await target.store.list("d")).entries.length, 301);
        const { version } = (await target.store.get("d/k7")) ?? {};
        await copy(source, target, { directories });
        assert.equal((await target.store.get("d/k7"))?.version, version, "what was there was written again");
      },
    }),
  ),
  {
    title: "copy: large values travel in as many commits as it takes, and one too large is refused by name",
    async run(bench) {
      const source = await bench.coord();
      const { coord: target } = await bench.coord({ namespace: `${bench.at}-target` }, (store) => ({
        ...store,
        traits: { ...store.traits, maxValueBytes: 100_000, maxWrites: 8 },
      }));
      for (let n = 0; n < 20; n += 1) await put(source.coord, `d/k${n}`, String(n).repeat(30_000));
      await put(source.coord, "d/huge", "x".repeat(100_001));
      const copied = await copy(source.coord, target, { directories });
      assert.deepEqual([copied.same, copied.entries, copied.missing], [false, 21, ["d/huge"]]);
      assert.match(String(copied.refused.get("d/huge")), /ValueTooLarge.*d\/huge.*100001.*100000/);
    },
  },
  {
    title: "compare: tells what is missing, different, too much and bound to a session",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      await put(rig.coord, "d/same", "1");
      await put(rig.coord, "d/missing", "1");
      await put(rig.coord, "d/different", "1");
      await put(other, "d/same", "1");
      await put(other, "d/different", "2");
      await put(other, "d/extra", "1");
      assert.deepEqual(await compare(rig.coord, other, { directories }), {
        same: false,
        entries: 3,
        missing: ["d/missing"],
        different: ["d/different"],
        extra: ["d/extra"],
        ephemeral: [],
      });
    },
  },
  {
    title: "copy: into another place of the same store, and never onto itself",
    async run(bench) {
      const { coord } = await bench.coord();
      await put(coord, "d/k", "1");
      await assert.rejects(copy(coord, coord, { directories }), (error) => CoordError.is(error, "USAGE"));
      await assert.rejects(copy(coord, coord, { directories: [] }), (error) => CoordError.is(error, "USAGE"));
      assert.equal((await copy(coord, coord, { directories, into: "backup" })).same, true);
      assert.equal((await coord.store.list("backup/d")).entries.length, 1);
    },
  },
  {
    title: "copy: keeps to its rate, and ends by its signal",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      const writes = Array.from({ length: 100 }, (_, n) => ({ put: `d/k${n}`, value: bytes("x".repeat(30_000)) }));
      for (let at = 0; at < 100; at += 20) await rig.coord.store.commit({ writes: writes.slice(at, at + 20) });
      const startMs = bench.rig.runtime.now();
      assert.equal((await copy(rig.coord, other, { directories, maxWritesPerSecond: 200 })).same, true);
      assert.ok(bench.rig.runtime.now() - startMs >= 300, "it was faster than that");
      const cancel = new AbortController();
      const slow = copy(rig.coord, other, {
        directories,
        into: "again",
        maxWritesPerSecond: 20,
        signal: cancel.signal,
      });
      const ended = slow.catch((error) => error);
      await bench.pause(100);
      cancel.abort("enough");
      assert.equal(await bench.within(2_000, "the end", ended), "enough");
    },
  },
];
