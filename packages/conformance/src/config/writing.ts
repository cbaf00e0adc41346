import assert from "node:assert/strict";
import { Config } from "@coord/config";
import { CoordError } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { faulty } from "../faulty.ts";
import type { Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { name, opened, reaches, settings, viewer } from "./settings.ts";

/** How a document is changed: rules 44 and 45. */
export const writingCases: readonly Case[] = [
  {
    title: "config: updates of many clients at once lose none",
    async run(bench) {
      const views = await Promise.all(Array.from({ length: 4 }, () => viewer(bench, { keep: 100 })));
      const increments = views.map(async ({ config }) => {
        for (let round = 0; round < 6; round += 1)
          await config.update((now) => ({ ...now, count: (now.count ?? 0) + 1 }));
      });
      await Promise.all(increments);
      await Promise.all(views.map(({ config }) => reaches(bench, config, 24)));
      assert.deepEqual(
        views.map(({ config }) => config.current.count),
        [24, 24, 24, 24],
      );
      const kept = (await views[0]?.config.history({ limit: 100 })) ?? [];
      assert.deepEqual(
        kept.map(({ version, value }) => [version, (value as { count: number }).count]),
        Array.from({ length: 24 }, (_, index) => [24 - index, 24 - index]),
      );
    },
  },
  {
    title:
      "config: a version that the schema refuses is not written, also where only the environment hides what is wrong",
    async run(bench) {
      const { coord, config } = await viewer(bench);
      await config.set({ count: 1 });
      const refused = await config.update((now) => ({ ...now, rateLimit: -3 })).catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "VALIDATION"));
      assert.match(refused.message, /"billing" was not written.*rateLimit: .*-3/);
      const hiding = await opened(coord, { env: "B_", environment: { B_RATE_LIMIT: "9" } });
      const hidden = await hiding.set({ rateLimit: -3 }).catch((error: unknown) => error);
      assert.ok(CoordError.is(hidden, "VALIDATION"));
      const wrong = await config.update(() => "text" as never).catch((error: unknown) => error);
      assert.ok(CoordError.is(wrong, "USAGE"));
      const own = new Error("on purpose");
      const thrown = await config
        .update(() => {
          throw own;
        })
        .catch((error: unknown) => error);
      assert.equal(thrown, own);
      assert.deepEqual([config.version, config.current.count], [1, 1]);
    },
  },
  {
    title: "config: set with ifVersion writes over that version alone; 0 means that there is none",
    async run(bench) {
      const { config } = await viewer(bench);
      assert.equal(await config.set({ count: 1 }, { ifVersion: 0 }), 1);
      const conflict = await config.set({ count: 2 }, { ifVersion: 0 }).catch((error: unknown) => error);
      assert.ok(CoordError.is(conflict, "CONFLICT"));
      assert.match(conflict.message, /version 0.*version 1/);
      assert.equal(await config.set({ count: 2 }, { ifVersion: 1 }), 2);
      assert.ok(CoordError.is(await config.remove({ ifVersion: 1 }).catch((error: unknown) => error), "CONFLICT"));
      assert.equal(config.current.count, 2);
    },
  },
  {
    title: "config: whose updates others always forestall is told so after a bounded number of attempts",
    async run(bench) {
      const { config: rival } = await viewer(bench);
      let attempts = 0;
      const forestalled = (store: Store): Store => ({
        ...store,
        commit: async (commit, options) => {
          if (!commit.writes.some((write) => "value" in write)) return store.commit(commit, options); // it leaves the line of writers
          attempts += 1;
          await rival.update((now) => ({ ...now, count: (now.count ?? 0) + 1 }));
          return store.commit(commit, options);
        },
      });
      const { coord } = await bench.coord({}, forestalled);
      const config = await opened(coord);
      const refused = await config
        .update((now) => ({ ...now, greeting: "me" }), { waitMs: 200_000 })
        .catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "CONFLICT"), String(refused));
      assert.equal(attempts, 12);
      assert.equal(rival.current.greeting, undefined);
      const late = await config.update((now) => now, { waitMs: 50 }).catch((error: unknown) => error);
      assert.ok(CoordError.is(late, "TIMEOUT"), String(late));
    },
  },
  {
    title: "config: an update whose change never ends holds up none of the later ones once it is cancelled",
    async run(bench) {
      const { config } = await viewer(bench);
      const never = () => new Promise<never>(() => {});
      const late = config.update(never, { waitMs: 50 }).catch((error: unknown) => error);
      const cancel = new AbortController();
      const cancelled = config.update(never, { signal: cancel.signal }).catch((error: unknown) => error);
      const next = config.update((now) => ({ ...now, count: 1 }));
      assert.ok(CoordError.is(await late, "TIMEOUT"));
      cancel.abort("enough");
      assert.equal(await cancelled, "enough");
      assert.equal(await bench.within(10_000, "the next one", next), 1);
      assert.equal(config.current.count, 1);
    },
  },
  {
    title: "config: an update inside of the change of another one of the same document is a DeadlockError at once",
    async run(bench) {
      const { config, coord } = await viewer(bench);
      const other = await Config.open(coord, "other", { schema: settings });
      const again = await opened(coord);
      let inner: unknown;
      const outer = config.update(async (now) => {
        inner = await again.set({ count: 1 }).catch((error: unknown) => error);
        await other.set({ count: 2 });
        return { ...now, count: 3 };
      });
      assert.equal(await bench.within(10_000, "the outer one", outer), 1);
      assert.ok(CoordError.is(inner, "DEADLOCK"), String(inner));
      assert.deepEqual([config.current.count, other.current.count], [3, 2]);
      let late: Promise<number> | undefined;
      await config.update((now) => {
        late = bench.pause(50).then(() => config.set({ count: 4 }));
        return now;
      });
      assert.equal(await late, 3, "what outlives the change waits for nothing");
    },
  },
  {
    title: "config: what is no JSON is refused with its path, a change that returns nothing deletes nothing",
    async run(bench) {
      const { config, coord } = await viewer(bench);
      await config.set({ count: 1 });
      const refused = async (writing: Promise<unknown>, why: RegExp) =>
        assert.rejects(writing, (error) => CoordError.is(error, "USAGE") && why.test(error.message));
      const forgetful = (now: object) => void Object.assign(now, { count: 2 });
      await refused(config.update(forgetful as never), /return what is to be stored.*remove\(\)/);
      await refused(config.rollout.begin(forgetful, { share: 0 }), /return what is to be stored/);
      await refused(config.set(undefined as never), /must be an object/);
      class Own {}
      for (const odd of [new Date(0), new Map(), new Set(), new Own(), Number.NaN, 1n, () => {}]) {
        await refused(config.set({ db: { url: odd } } as never), /db\.url is .*no JSON/);
        await refused(opened(coord, { defaults: { db: { url: odd as never } } }), /db\.url is .*no JSON/);
      }
      await refused(config.set({}, { ifVersion: Number.NaN }), /ifVersion/);
      for (const limit of [Number.NaN, -1, "2" as never]) await refused(config.history({ limit }), /limit/);
      assert.deepEqual([config.version, config.current.count, config.stored], [1, 1, "set"]);
    },
  },
  {
    title: "config: what is set is what was given at the call",
    async run(bench) {
      const { config } = await viewer(bench);
      const given = { count: 1, db: { pool: 3 } };
      const written = config.set(given);
      given.db.pool = 4;
      await written;
      assert.equal(config.current.db.pool, 3);
    },
  },
  {
    title: "config: whichever call of an update fails once, it is done once",
    async run(bench) {
      const { config: seen } = await viewer(bench, { keep: 100 });
      let count = 0;
      for (const fault of repairable) {
        for (let nth = 0; nth < 5; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const config = await opened(coord, { keep: 100 });
          count += 1;
          await config.update((now) => ({ ...now, count: (now.count ?? 0) + 1 }));
          await reaches(bench, seen, count);
          assert.equal(seen.current.count, count, `${JSON.stringify(fault)} at ${nth}`);
          await coord.close();
        }
      }
      assert.equal((await seen.history({ limit: 100 })).length, count);
    },
  },
  {
    title: "config: an update whose answer was lost, and that was written over since, is still known to be done",
    async run(bench) {
      const { config: rival } = await viewer(bench);
      await rival.set({ count: 1 });
      let lose = true;
      const losing = (store: Store): Store => {
        const lossy = faulty(store, bench.rig.runtime, (_, verb) =>
          verb === "commit" && lose ? "lose-reply" : undefined,
        );
        return {
          ...lossy,
          commit: async (commit, options) => {
            try {
              return await lossy.commit(commit, options);
            } finally {
              if (lose) await rival.update((now) => ({ ...now, count: (now.count ?? 0) + 10 }));
              lose = false;
            }
          },
        };
      };
      const { coord } = await bench.coord({}, losing);
      const config = await opened(coord);
      assert.equal(await config.update((now) => ({ ...now, count: (now.count ?? 0) + 1 })), 2);
      await reaches(bench, config, 3);
      assert.equal(config.current.count, 12);
    },
  },
  {
    title: "config: history has the last versions with author, time and message; rollback writes one of them anew",
    async run(bench) {
      const { config } = await viewer(bench, { keep: 4 });
      for (let count = 1; count <= 6; count += 1)
        await config.set({ count }, { author: `author-${count}`, message: `to ${count}` });
      const kept = await config.history();
      assert.deepEqual(
        kept.map(({ version }) => version),
        [6, 5, 4, 3],
      );
      assert.deepEqual(kept[0], {
        ...kept[0],
        author: "author-6",
        message: "to 6",
        deleted: false,
        value: { count: 6 },
      });
      assert.match(kept[0]?.time ?? "", /^\d{4}-\d\d-\d\dT/);
      assert.equal((await config.history({ limit: 2 })).length, 2);
      assert.equal(await config.rollback(4, { author: "me" }), 7);
      assert.equal(config.current.count, 4);
      const [newest] = await config.history();
      assert.deepEqual([newest?.version, newest?.author, newest?.message], [7, "me", "back to version 4"]);
      for (const gone of [1, 3, 99, -1, 1.5]) {
        const refused = await config.rollback(gone).catch((error: unknown) => error);
        assert.ok(CoordError.is(refused, "USAGE"), String(gone));
      }
      await config.remove();
      assert.equal(await config.rollback(8), 9, "also a deletion is a version to go back to");
      assert.deepEqual([config.stored, config.current.count], ["deleted", 0]);
    },
  },
  {
    title: "config: an oversized document is refused before it is sent, with the store's limit in the message",
    async run(bench) {
      const commits: unknown[] = [];
      const counting = (store: Store): Store => ({
        ...store,
        commit: (commit, options) => {
          commits.push(commit);
          return store.commit(commit, options);
        },
      });
      const { coord } = await bench.coord({}, counting);
      const config = await opened(coord);
      const { maxValueBytes } = coord.store.traits;
      const refused = await config.set({ greeting: "x".repeat(maxValueBytes) }).catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "VALUE_TOO_LARGE"));
      assert.match(refused.message, new RegExp(`"${name}.*${maxValueBytes}`));
      assert.equal(commits.length, 0);
      const half = "x".repeat(maxValueBytes / 4);
      await config.set({ greeting: half });
      assert.equal(config.current.greeting, half);
    },
  },
];
