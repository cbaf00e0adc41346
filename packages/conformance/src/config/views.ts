import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { pause } from "@coord/core/spi";
import type { Case } from "../rig.ts";
import { making, opened, reaches, type Settings, scribble, slowly, viewer } from "./settings.ts";

/** How a view follows its document: rules 42 and 43. */
export const viewCases: readonly Case[] = [
  {
    title: "config: a view is told of each change, and a selection of those of its part alone",
    async run(bench) {
      const { config: writer } = await viewer(bench);
      const { config } = await viewer(bench);
      const told: unknown[] = [];
      config.on("change", (now, before) => told.push(["all", before.count, now.count]));
      const limit = config
        .select(({ rateLimit }) => rateLimit)
        .on("change", (...limits) => told.push(["limit", ...limits]));
      const db = config.select((c) => c.db).on("change", () => told.push("db"));
      await writer.set({ count: 1 });
      await reaches(bench, config, 1);
      await writer.update((now) => ({ ...now, rateLimit: 20 }));
      await reaches(bench, config, 2);
      await writer.update((now) => ({ ...now }), { message: "nothing new" });
      await reaches(bench, config, 3);
      assert.deepEqual(told, [
        ["all", 0, 1],
        ["all", 1, 1],
        ["limit", 20, 5],
      ]);
      assert.equal(limit.current, 20);
      assert.deepEqual(db.current, { url: "none", pool: 1 });
    },
  },
  {
    title: "config: a selection looks while it has listeners, and else when it is asked",
    async run(bench) {
      const { config } = await viewer(bench);
      let looks = 0;
      const count = config.select((all) => {
        looks += 1;
        return all.count;
      });
      const told: unknown[] = [];
      const listener = (...counts: number[]) => told.push(counts);
      await config.set({ count: 1 });
      assert.equal(looks, 1, "at the selecting alone");
      assert.deepEqual([count.current, count.current, looks], [1, 1, 2]);
      count.on("change", listener).once("change", (now) => told.push(now));
      await config.set({ count: 2 });
      await config.set({ count: 3 });
      count.off("change", listener);
      await config.set({ count: 4 });
      assert.deepEqual([told, looks, count.current], [[[2, 1], 2, [3, 2]], 4, 4]);
      count.on("change", listener);
      await config.set({ count: 5 });
      assert.deepEqual(told.at(-1), [5, 4]);
    },
  },
  {
    title: "config: a listener or selector that throws harms nobody",
    async run(bench) {
      const errors: unknown[] = [];
      const nothing = () => {};
      const logger = { debug: nothing, info: nothing, warn: nothing, error: (told: unknown) => errors.push(told) };
      const { coord } = await bench.coord({ logger });
      const config = await opened(coord);
      config.on("change", () => {
        throw new Error("on purpose");
      });
      config
        .select(({ count }) => {
          if (count === 1) throw new Error("on purpose");
          return count;
        })
        .on("change", () => {});
      let told = 0;
      config.on("change", () => {
        told += 1;
      });
      await config.set({ count: 1 });
      await config.set({ count: 2 });
      assert.equal(told, 2);
      assert.equal(errors.length, 3);
    },
  },
  {
    title:
      "config: what is invalid keeps the last good version and is rejected with the issues, until something valid comes",
    async run(bench) {
      const { coord } = await bench.coord();
      const { config } = await viewer(bench);
      const rejected: unknown[] = [];
      config.on("rejected", ({ version, issues }) =>
        rejected.push([version, issues.map(({ path }) => path.join("."))]),
      );
      await config.set({ count: 1 });
      const { current } = config;
      const document = (version: number, value: unknown) =>
        scribble(coord, JSON.stringify({ version, value, author: "a", time: "t", id: "i" }));
      await document(2, { rateLimit: -1, db: { pool: "x" } });
      await bench.eventually("the rejection", () => rejected.length === 1);
      assert.deepEqual(rejected[0], [2, ["rateLimit", "db.pool"]]);
      assert.deepEqual([config.stored, config.version, config.stale], ["invalid", 1, false]);
      assert.equal(config.current, current);
      assert.equal(config.rejection?.version, 2);
      await document(3, { count: 5 });
      await reaches(bench, config, 3);
      assert.deepEqual([config.stored, config.current.count, config.rejection], ["set", 5, undefined]);
      await document(4, { count: "many" });
      const late = await viewer(bench).catch((error: unknown) => error);
      assert.ok(CoordError.is(late, "VALIDATION"), "there is no last good version for one who comes now");
      assert.match(late.message, /"billing", version 4,.*count/);
    },
  },
  {
    title: "config: what is half-written or hostile in the store is rejected, and harms nothing",
    async run(bench) {
      const { coord } = await bench.coord();
      const { config } = await viewer(bench);
      await config.set({ count: 1 });
      const sound = { version: 2, value: {}, author: "a", time: "t", id: "i" };
      const hostile = [
        "",
        "{",
        "null",
        "[]",
        "17",
        '"text"',
        "{}",
        '{"rateLimit":20}',
        JSON.stringify({ ...sound, version: 2 }).slice(0, -3),
        JSON.stringify({ ...sound, version: 0 }),
        JSON.stringify({ ...sound, version: 1e99 }),
        JSON.stringify({ ...sound, value: "text" }),
        JSON.stringify({ ...sound, value: [1] }),
        JSON.stringify({ ...sound, candidate: 1 }),
        JSON.stringify({ ...sound, candidate: { share: 2, revision: { ...sound, version: 3 } } }),
        JSON.stringify({ ...sound, candidate: { share: 1, revision: { ...sound, version: 1 } } }),
        JSON.stringify(sound).replace("{}", `{"deep":${"[".repeat(5_000)}${"]".repeat(5_000)}}`),
        Uint8Array.from([0xff, 0xfe, 0x00, 0x80]),
      ];
      for (const [index, bytes] of hostile.entries()) {
        let told = 0;
        config.once("rejected", () => {
          told += 1;
        });
        await scribble(coord, bytes);
        await bench.eventually(`the rejection of ${String(bytes).slice(0, 80)}`, () => told > 0);
        assert.equal(config.stored, "invalid", String(index));
        assert.deepEqual([config.version, config.current.count], [1, 1]);
      }
      const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"count":2}';
      await scribble(coord, JSON.stringify({ ...sound, version: 3 }).replace("{}", polluting));
      await reaches(bench, config, 3);
      assert.equal(config.current.count, 2);
      assert.equal((config.current as unknown as { polluted: unknown }).polluted, undefined);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      await config.update((now) => ({ ...now, count: 3 }));
      assert.equal(config.version, 4);
    },
  },
  {
    title:
      "config: while the store is out of sight a view is stale and keeps what it has; then it ends on the last, and never goes back",
    async run(bench) {
      const { config: writer } = await viewer(bench);
      await writer.set({ count: 1 });
      const { config, network } = await viewer(bench);
      const seen: number[] = [];
      const stale: boolean[] = [];
      config.on("change", ({ count }) => seen.push(count));
      config.on("stale", (now) => stale.push(now));
      for (let count = 2; count <= 4; count += 1) {
        network.refuse();
        await bench.eventually("to be stale", () => config.stale, 15_000);
        await writer.set({ count: count * 10 - 5 });
        await writer.set({ count: count * 10 });
        assert.equal(config.current.count, count === 2 ? 1 : (count - 1) * 10);
        network.heal();
        await reaches(bench, config, writer.version);
        assert.equal(config.current.count, count * 10);
      }
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      assert.deepEqual(stale, [true, false, true, false, true, false]);
    },
  },
  {
    title: "config: what a schema makes a circle of is frozen, and what can't be frozen is rejected; the view goes on",
    async run(bench) {
      const { config: writer } = await viewer(bench);
      const { coord } = await bench.coord();
      const circular = (value: Settings) => Object.assign(value, { self: value });
      const circling = await opened(coord, { schema: making(circular) });
      const unreadable = (value: Settings) =>
        Object.defineProperty(value, "db", { get: () => assert.fail("out of reach"), enumerable: true });
      const failing = await opened(coord, {
        schema: making((value) => (value.count === 1 ? unreadable(value) : value)),
      });
      for (const count of [1, 2]) {
        await writer.set({ count });
        await reaches(bench, circling, count);
        assert.ok(Object.isFrozen(circling.current) && Object.isFrozen(circling.current.db));
        await bench.eventually("a look", () => (count === 1 ? failing.stored === "invalid" : failing.version === 2));
        assert.match(failing.rejection?.issues[0]?.message ?? "", count === 1 ? /can't be frozen/ : /^$/);
      }
      assert.deepEqual([circling.current.count, failing.current.count], [2, 2]);
    },
  },
  {
    title: "config: validation that takes its time is done in order, and ends on the last",
    async run(bench) {
      const { config: writer } = await viewer(bench);
      const { coord } = await bench.coord();
      const { random } = bench.rig.runtime;
      const wait = () => pause(bench.rig.runtime, random.call(bench.rig.runtime) * 60);
      const config = await opened(coord, { schema: slowly(wait) });
      const seen: number[] = [];
      config.on("change", ({ count }) => seen.push(count));
      for (let count = 1; count <= 8; count += 1) await writer.set({ count });
      await reaches(bench, config, 8);
      assert.equal(seen.at(-1), 8);
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
    },
  },
];
