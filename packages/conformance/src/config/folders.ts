import assert from "node:assert/strict";
import { Config } from "@coord/config";
import { type Coord, CoordError } from "@coord/core";
import { type Bench, bytes, type Case } from "../rig.ts";
import { settings } from "./settings.ts";

const openAll = (coord: Coord) => Config.openAll(coord, "services/", { schema: settings, defaults: { rateLimit: 7 } });

async function folder(bench: Bench) {
  const { coord, network } = await bench.coord();
  return { coord, network, folder: await openAll(coord) };
}

type Folder = Awaited<ReturnType<typeof folder>>["folder"];

const counts = ({ current }: Folder) => Object.fromEntries([...current].map(([name, { count }]) => [name, count]));

/** Several documents at one moment. */
export const folderCases: readonly Case[] = [
  {
    title: "config: a folder has all documents directly below a name, and follows them",
    async run(bench) {
      const { coord, folder: all } = await folder(bench);
      assert.deepEqual(counts(all), {});
      const orders = await Config.open(coord, "services/orders", { schema: settings });
      const deep = await Config.open(coord, "services/orders/eu", { schema: settings });
      const odd = await Config.open(coord, "services/50% 🙂", { schema: settings });
      await orders.set({ count: 1 });
      await deep.set({ count: 2 });
      await odd.set({ count: 3 });
      await bench.eventually("both", () => all.current.size === 2);
      assert.deepEqual(counts(all), { orders: 1, "50% 🙂": 3 });
      assert.deepEqual(all.current.get("orders")?.rateLimit, 7);
      assert.equal(all.version("orders"), 1);
      await orders.remove();
      await bench.eventually("one to be gone", () => all.current.size === 1);
      await orders.set({ count: 4 });
      await bench.eventually("it to be back", () => counts(all).orders === 4);
      assert.equal(all.version("orders"), 3);
    },
  },
  {
    title: "config: what is changed in one step is never seen in part",
    async run(bench) {
      const { folder: writer } = await folder(bench);
      const names = ["a", "b", "c", "d"];
      const step = (count: number) => writer.update(Object.fromEntries(names.map((name) => [name, () => ({ count })])));
      await step(0);
      const { folder: reader } = await folder(bench);
      const torn: unknown[] = [];
      let seen = 0;
      reader.on("change", () => {
        seen += 1;
        const now = names.map((name) => reader.current.get(name)?.count);
        if (new Set(now).size !== 1) torn.push(now);
      });
      for (let count = 1; count <= 12; count += 1) {
        assert.deepEqual(
          Object.values(await step(count)),
          names.map(() => count + 1),
        );
        const late = await folder(bench);
        assert.equal(new Set(Object.values(counts(late.folder))).size, 1);
        await late.coord.close();
      }
      await bench.eventually("the last", () => counts(reader).d === 12);
      assert.deepEqual(torn, []);
      assert.ok(seen > 0);
    },
  },
  {
    title: "config: of an update of several documents all are written, or none",
    async run(bench) {
      const { folder: all } = await folder(bench);
      await all.update({ a: () => ({ count: 1 }), b: () => ({ count: 1 }) });
      const refused = await all
        .update({ a: (now) => ({ ...now, count: 2 }), b: () => ({ rateLimit: -1 }) })
        .catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "VALIDATION"));
      assert.deepEqual(counts(all), { a: 1, b: 1 });
      const { folder: other } = await folder(bench);
      const add = (now: { readonly count?: number | undefined }) => ({ count: (now.count ?? 0) + 1 });
      const both = [all, other].map(async (each) => {
        for (let round = 0; round < 5; round += 1) await each.update({ a: add, b: add });
      });
      await Promise.all(both);
      await bench.eventually("all of them", () => counts(all).a === 11 && counts(all).b === 11);
      for (const wrong of ["a/b", "", "@history"]) {
        assert.ok(CoordError.is(await all.update({ [wrong]: add }).catch((error: unknown) => error), "USAGE"));
      }
    },
  },
  {
    title: "config: one document that is invalid harms no other; the last good version of it stays",
    async run(bench) {
      const { coord, folder: all, network } = await folder(bench);
      const { coord: hand } = await bench.coord();
      const rejected: unknown[] = [];
      all.on("rejected", ({ name, version, issues }) => rejected.push([name, version, issues.length]));
      await all.update({ a: () => ({ count: 1 }), b: () => ({ count: 1 }) });
      await hand.store.commit({ writes: [{ put: "services/a", value: bytes("{") }] });
      await hand.store.commit({ writes: [{ put: "services/c", value: bytes("{") }] });
      await bench.eventually("the rejections", () => rejected.length === 2);
      await all.update({ b: () => ({ count: 2 }) });
      assert.deepEqual(counts(all), { a: 1, b: 2 });
      assert.deepEqual(rejected.sort(), [
        ["a", 0, 1],
        ["c", 0, 1],
      ]);
      network.refuse();
      await bench.eventually("to be stale", () => all.stale, 15_000);
      assert.deepEqual(counts(all), { a: 1, b: 2 });
      network.heal();
      await bench.eventually("to be fresh", () => !all.stale, 15_000);
      await all.close();
      await coord.close();
    },
  },
];
