import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { compare, mirror } from "@coord/mirror";
import { SharedMap } from "@coord/replica";
import type { Case } from "../rig.ts";
import { alike, directories, put, remove, running, twoStores } from "./stores.ts";

/** What a mirror does for as long as it runs. */
export const mirroringCases: readonly Case[] = [
  ...(["rig", "other"] as const).map(
    (from): Case => ({
      title: `mirror: what is written, removed and made anew arrives as such, ${from === "rig" ? "from this store" : "in this store"}`,
      async run(bench) {
        const { rig, other } = await twoStores(bench);
        const [source, target] = from === "rig" ? [rig.coord, other] : [other, rig.coord];
        for (let n = 0; n < 30; n += 1) await put(source, `d/k${n}`, "1");
        const { stop, told } = running(source, target);
        await alike(bench, source, target);
        const before = await target.store.get("d/k1");
        await put(source, "d/k0", "2");
        await remove(source, "d/k1");
        await put(source, "d/k1", "1");
        await remove(source, "d/k2");
        await put(source, "d/new", "1");
        const map = await SharedMap.open(source, "d");
        await map.set("mine", 1, { owned: true });
        await bench.eventually("it to be made anew", async () => {
          const now = await target.store.get("d/k1");
          return now !== undefined && now.order > (before?.order ?? 0n);
        });
        await alike(bench, source, target);
        assert.equal(await target.store.get("d/k2"), undefined);
        assert.equal(await target.store.get("d/mine"), undefined);
        await bench.eventually("the status", () => told.at(-1)?.ephemeral === 1 && told.at(-1)?.lagMs === 0);
        assert.equal(told.at(-1)?.behind, 0);
        await stop();
      },
    }),
  ),
  {
    title:
      "mirror: interrupted, it goes on where it was: what was removed meanwhile goes, what was made anew is new, the rest isn't touched",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      for (let n = 0; n < 20; n += 1) await put(rig.coord, `d/k${n}`, "1");
      const first = running(rig.coord, other);
      await alike(bench, rig.coord, other);
      await first.stop();
      const untouched = await other.store.get("d/k5");
      const replaced = await other.store.get("d/k1");
      await remove(rig.coord, "d/k0");
      await remove(rig.coord, "d/k1");
      await put(rig.coord, "d/k1", "1");
      await put(rig.coord, "d/k2", "2");
      const second = running(rig.coord, other);
      await alike(bench, rig.coord, other);
      await bench.eventually("it to be made anew", async () => {
        const now = await other.store.get("d/k1");
        return now !== undefined && now.order > (replaced?.order ?? 0n);
      });
      assert.deepEqual(await other.store.get("d/k5"), untouched);
      await second.stop();
    },
  },
  {
    title: "mirror: gets over a source and a target that go out of sight, under writes",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      const writer = await bench.coord();
      const there = running(rig.coord, other);
      const back = await bench.coord();
      const onward = running(other, back.coord, { into: "copy" });
      for (let round = 0; round < 60; round += 1) {
        await put(writer.coord, `d/k${round % 7}`, `${round}`);
        if (round % 11 === 3) await remove(writer.coord, `d/k${round % 5}`);
        if (round % 20 === 5) rig.network.reset();
        if (round % 20 === 15) back.network.reset();
      }
      rig.network.refuse();
      await put(writer.coord, "d/last", "1");
      await bench.pause(bench.rig.promptMs);
      rig.network.heal();
      await bench.eventually(
        "both to be alike",
        async () => {
          const options = { directories };
          const [a, b] = [
            await compare(writer.coord, other, options),
            await compare(writer.coord, back.coord, { ...options, into: "copy" }),
          ];
          return a.same && b.same && a.extra.length + b.extra.length === 0;
        },
        30_000,
      );
      await Promise.all([there.stop(), onward.stop()]);
    },
  },
  {
    title: "mirror: puts right what somebody else wrote in the target, and leaves alone what is the target's own",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      await put(rig.coord, "d/k", "1");
      await put(other, "d/own", "1");
      const { stop } = running(rig.coord, other, { verifyMs: 100 });
      await bench.eventually("the copy", async () => (await compare(rig.coord, other, { directories })).same);
      await put(other, "d/k", "changed");
      await bench.eventually("the repair", async () => (await compare(rig.coord, other, { directories })).same);
      await remove(other, "d/k");
      await bench.eventually("the repair", async () => (await compare(rig.coord, other, { directories })).same);
      assert.deepEqual((await compare(rig.coord, other, { directories })).extra, ["d/own"]);
      await stop();
    },
  },
  {
    title: "mirror: two of the same do no harm to each other",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      const again = await bench.coord();
      const both = [running(rig.coord, other), running(again.coord, other)];
      for (let round = 0; round < 30; round += 1) {
        await put(rig.coord, `d/k${round % 5}`, `${round}`);
        if (round % 4 === 1) await remove(rig.coord, `d/k${round % 5}`);
      }
      await alike(bench, rig.coord, other);
      for (const { stop } of both) await stop();
    },
  },
  {
    title: "mirror: ends by its signal and with its clients, and refuses what can't be right",
    async run(bench) {
      const { rig, other } = await twoStores(bench);
      const { ended } = running(rig.coord, other);
      await rig.coord.close();
      await bench.within(2_000, "the end", ended);
      for (const options of [{ maxWritesPerSecond: 0 }, { directories: ["a//b"] }, { verifyMs: -1 }])
        await assert.rejects(mirror(other, other, { directories, into: "x", ...options }), (error) =>
          CoordError.is(error, "USAGE"),
        );
    },
  },
];
