import assert from "node:assert/strict";
import { Config } from "@coord/config";
import { CoordError, connect } from "@coord/core";
import type { Store } from "@coord/core/spi";
import type { Case } from "../rig.ts";
import { name, opened, reaches, settings, viewer } from "./settings.ts";

/** How a view begins and ends, and what it takes meanwhile. */
export const lifetimeCases: readonly Case[] = [
  {
    title: "config: all views of one document on one client share one watch, which ends with the last of them",
    async run(bench) {
      let [open, made] = [0, 0];
      const counting = (store: Store): Store => ({
        ...store,
        watch: (scope, options) => {
          open += 1;
          made += 1;
          options?.signal?.addEventListener("abort", () => {
            open -= 1;
          });
          return store.watch(scope, options);
        },
      });
      const { coord } = await bench.coord({}, counting);
      const configs = await Promise.all(Array.from({ length: 50 }, () => opened(coord)));
      const later = await opened(coord);
      assert.deepEqual([open, made], [1, 1]);
      await later.set({ count: 1 });
      await Promise.all(configs.map((config) => reaches(bench, config, 1)));
      await Promise.all([...configs, later].map((config) => config.close()));
      assert.equal(open, 0);
      const again = await opened(coord);
      assert.deepEqual([open, made, again.current.count], [1, 2, 1]);
    },
  },
  {
    title:
      "config: opening without the store is an error that names the endpoints; a lazy client goes on once it can be reached",
    async run(bench) {
      const { backend, network } = await bench.rig.client();
      network.refuse();
      const { runtime, ttlMs } = bench.rig;
      const coord = await connect(backend, { runtime, session: { ttlMs }, namespace: bench.at, lazy: true });
      try {
        const refused = await opened(coord, { waitMs: 300 }).catch((error: unknown) => error);
        assert.ok(CoordError.is(refused, "UNAVAILABLE"));
        assert.ok(refused.message.includes(backend.endpoints[0] ?? "?"), refused.message);
        const cancel = new AbortController();
        const cancelled = opened(coord, { signal: cancel.signal }).catch((error: unknown) => error);
        cancel.abort("enough");
        assert.equal(await cancelled, "enough");
        const opening = opened(coord, { waitMs: 30_000 });
        network.heal();
        const config = await opening;
        await config.set({ count: 1 });
        await bench.eventually("the new version", () => config.current.count === 1); // the view may be out of sight once more
        await bench.eventually("the session", () => coord.state === "connected");
      } finally {
        await coord.close();
      }
    },
  },
  {
    title: "config: after close() nothing is told any more, and what was read stays",
    async run(bench) {
      const { config: writer } = await viewer(bench);
      const { config, coord } = await viewer(bench);
      const other = await opened(coord);
      await writer.set({ count: 1 });
      await Promise.all([reaches(bench, config, 1), reaches(bench, other, 1)]);
      let told = 0;
      config.on("change", () => {
        told += 1;
      });
      await Promise.all([config.close(), config.close()]);
      await writer.set({ count: 2 });
      await reaches(bench, other, 2);
      assert.deepEqual([told, config.current.count, config.stale], [0, 1, true]);
      await coord.close();
      assert.deepEqual([other.current.count, other.stale], [2, true]);
      const refused = await other.set({ count: 3 }).catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "CLOSED"));
      const late = await opened(coord).catch((error: unknown) => error);
      assert.ok(CoordError.is(late, "CLOSED"), String(late));
    },
  },
  {
    title: "config: a name, a schema or an option that can't be right is refused at once",
    async run(bench) {
      const { coord } = await bench.coord();
      const wrong: readonly (readonly [string, object])[] = [
        ["", {}],
        ["a/../b", {}],
        ["a/@history", {}],
        ["a", { schema: {} }],
        ["a", { defaults: [] }],
        ["a", { keep: 0 }],
        ["a", { waitMs: -1 }],
        ["a", { env: "" }],
        ["a", { secret: ["a..b"] }],
      ];
      for (const [given, options] of wrong) {
        const refused = await Config.open(coord, given, { schema: settings, ...options }).catch(
          (error: unknown) => error,
        );
        assert.ok(CoordError.is(refused, "USAGE"), `${given} ${JSON.stringify(options)}: ${refused}`);
      }
      const other = await Config.open(coord, "naïve/数据/🙂 50%", { schema: settings });
      await other.set({ count: 1 });
      assert.equal(other.current.count, 1);
      assert.notEqual(other.name, name);
    },
  },
];
