import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import type { Case } from "../rig.ts";
import { opened, scribble, viewer } from "./settings.ts";

/** What a configuration is made of, and where each part comes from: rules 40 and 41. */
export const layerCases: readonly Case[] = [
  {
    title: "config: the schema's defaults < defaults < the store < the environment, and explain tells which",
    async run(bench) {
      const { coord } = await viewer(bench);
      const environment = { BILLING_DB__POOL: "9", BILLING_GREETING: "12", OTHER_COUNT: "4", BILLING_: "x" };
      const config = await opened(coord, {
        defaults: { count: 1, db: { url: "from-defaults", pool: 2 } },
        env: "BILLING_",
        environment,
      });
      assert.deepEqual(config.current, {
        rateLimit: 5,
        count: 1,
        greeting: "12",
        db: { url: "from-defaults", pool: 9 },
      });
      await config.set({ count: 3, db: { url: "from-store", pool: 4 } });
      assert.deepEqual(config.current, { rateLimit: 5, count: 3, greeting: "12", db: { url: "from-store", pool: 9 } });
      const source = (path: string) => config.explain(path).source;
      assert.deepEqual(["rateLimit", "count", "greeting", "db.url", "db.pool", "db", "nothing", ""].map(source), [
        "schema",
        "store",
        "environment",
        "store",
        "environment",
        "several",
        "nowhere",
        "several",
      ]);
      assert.deepEqual(config.explain("db.pool"), {
        path: "db.pool",
        value: 9,
        source: "environment",
        layers: [
          { layer: "environment", value: 9, variables: ["BILLING_DB__POOL"] },
          { layer: "store", value: 4, version: 1 },
          { layer: "defaults", value: 2 },
        ],
      });
      assert.throws(
        () => config.explain("a..b"),
        (error) => CoordError.is(error, "USAGE"),
      );
    },
  },
  {
    title:
      "config: a variable is taken as the text it is where the schema accepts it, else as JSON; by name as well as by prefix",
    async run(bench) {
      const { coord } = await bench.coord();
      const env = { LIMIT: "rateLimit", DATABASE: "db", HELLO: ["greeting"], UNSET: "count" };
      const environment = { LIMIT: "70", DATABASE: '{"url":"17","pool":3}', HELLO: "true" };
      const config = await opened(coord, { env, environment });
      assert.deepEqual(config.current, { rateLimit: 70, count: 0, greeting: "true", db: { url: "17", pool: 3 } });
      const refused = await opened(coord, { env, environment: { LIMIT: "many" } }).catch((error) => error);
      assert.ok(CoordError.is(refused, "VALIDATION"));
      assert.match(refused.message, /rateLimit.*many/);
    },
  },
  {
    title: "config: missing, deleted, empty and invalid are four different things",
    async run(bench) {
      const { coord, config: writer } = await viewer(bench);
      const { config } = await viewer(bench, { defaults: { count: 7 } });
      const shows = (stored: string, count: number, version: number) =>
        bench.eventually(stored, () => {
          return config.stored === stored && config.current.count === count && config.version === version;
        });
      await shows("missing", 7, 0);
      await writer.set({ count: 8 });
      await shows("set", 8, 1);
      await writer.set({});
      await shows("empty", 7, 2);
      await writer.set({ count: 9 });
      await writer.remove({ message: "no more" });
      await shows("deleted", 7, 4);
      await writer.set({ count: 10 });
      await shows("set", 10, 5); // what is written at once after it would be all that a viewer sees
      await scribble(coord, "");
      await shows("invalid", 10, 5);
      await coord.store.commit({ writes: [{ remove: "billing" }] });
      await shows("missing", 7, 0);
      assert.equal(await writer.set({ count: 11 }), 6, "no version comes back");
      await shows("set", 11, 6);
      assert.deepEqual(
        (await writer.history()).map(({ version, deleted }) => [version, deleted]),
        [
          [6, false],
          [5, false],
          [4, true],
          [3, false],
          [2, false],
          [1, false],
        ],
      );
    },
  },
  {
    title: "config: update is given what is stored, without the layers below and above",
    async run(bench) {
      const { coord } = await bench.coord();
      const config = await opened(coord, {
        defaults: { count: 1, rateLimit: 2 },
        env: "B_",
        environment: { B_RATE_LIMIT: "9" },
      });
      const given: unknown[] = [];
      const change = (now: object) => {
        given.push(now);
        return { ...now, greeting: "hello" };
      };
      await config.update(change);
      await config.update(change);
      assert.deepEqual(given, [{}, { greeting: "hello" }]);
      assert.equal(config.current.rateLimit, 9);
    },
  },
  {
    title: "config: what is read is frozen, and stays the same object until something in it changes",
    async run(bench) {
      const { config } = await viewer(bench);
      await config.set({ count: 1 });
      const { current } = config;
      assert.throws(() => Object.assign(current.db, { pool: 3 }), TypeError);
      assert.throws(() => Object.assign(current, { count: 3 }), TypeError);
      await config.set({ count: 1, db: { pool: 1 } });
      assert.equal(config.version, 2);
      assert.equal(config.current, current);
    },
  },
];
