import assert from "node:assert/strict";
import type { Snapshot } from "@coord/core/spi";
import { type Case, text } from "../rig.ts";
import { put, record, values } from "./seen.ts";

function assertNeverBack(seen: readonly Snapshot[]): void {
  seen.reduce((last, { revision }) => {
    assert.ok(revision >= last, `revision ${revision} after ${last}`);
    return revision;
  }, 0n);
}

/** What `watch` promises. */
export const watchCases: readonly Case[] = [
  {
    title: "watch: one key as it is now, then as it is after each change",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      const key = bench.key("k");
      const done = new AbortController();
      const { seen } = record(store, { key }, done.signal);
      await bench.eventually("the first snapshot", () => seen[0]);
      assert.deepEqual(seen[0]?.entries, []);
      for (const value of ["1", "2", "2"]) {
        await put(writer, key, value);
        const { version } = (await writer.get(key)) ?? {};
        await bench.eventually(`the value ${value}`, () => seen.at(-1)?.entries[0]?.version === version, 1_000);
      }
      await writer.commit({ writes: [{ remove: key }] });
      await bench.eventually("the removal", () => values(seen.at(-1)).length === 0, 1_000);
      done.abort();
    },
  },
  {
    title: "watch: the direct children of a key, and nothing else",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      const under = bench.key("d");
      await put(writer, `${under}/a`, "a");
      const done = new AbortController();
      const { seen } = record(store, { under }, done.signal);
      await bench.eventually("the first snapshot", () => values(seen[0]).join() === "a");
      await put(writer, `${under}/a/below`, "no");
      await put(writer, bench.key("beside"), "no");
      await bench.pause(200);
      assert.equal(seen.length, 1);
      await put(writer, `${under}/b`, "b");
      await bench.eventually("the new child", () => values(seen.at(-1)).join() === "a,b", 1_000);
      await writer.commit({ writes: [{ remove: `${under}/a` }] });
      await bench.eventually("the removal", () => values(seen.at(-1)).join() === "b", 1_000);
      done.abort();
    },
  },
  {
    title: "watch: what came and went before it could be seen still moves the revision on",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      const under = bench.key("d");
      const done = new AbortController();
      const { seen } = record(store, { under }, done.signal);
      await bench.eventually("the first snapshot", () => seen[0]);
      for (let round = 0; round < 20; round += 1) {
        await put(writer, `${under}/k`, `${round}`);
        const { revision } = await writer.commit({ writes: [{ remove: `${under}/k` }] });
        await bench.eventually("the revision of the removal", () => (seen.at(-1)?.revision ?? 0n) >= revision, 2_000);
        assert.deepEqual(values(seen.at(-1)), []);
      }
      assertNeverBack(seen);
      done.abort();
    },
  },
  {
    title: "watch: a slow reader skips what was replaced meanwhile and ends on the last",
    async run(bench) {
      const { store } = await bench.store();
      const key = bench.key("k");
      const watch = store.watch({ key })[Symbol.asyncIterator]();
      await watch.next();
      for (let round = 0; round < 50; round += 1) await put(store, key, `${round}`);
      const last = (await store.get(key))?.version;
      const seen: Snapshot[] = [];
      await bench.eventually("the last", async () => {
        const { value } = await watch.next();
        seen.push(value);
        return seen.at(-1)?.entries[0]?.version === last;
      });
      assert.ok(seen.length < 50, `${seen.length} snapshots`);
      assertNeverBack(seen);
      await watch.return?.();
    },
  },
  {
    title: "watch: through many broken connections it loses nothing, never goes back and ends on the last",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: writer } = await bench.store();
      const under = bench.key("d");
      const done = new AbortController();
      const { seen } = record(store, { under }, done.signal);
      for (let round = 0; round < 100; round += 1) {
        await put(writer, `${under}/${round % 7}`, `${round}`);
        if (round % 10 === 5) network.reset();
      }
      const last = await writer.list(under);
      await bench.eventually(
        "the last state",
        () => !seen.at(-1)?.stale && values(seen.at(-1)).join() === last.entries.map(({ value }) => text(value)).join(),
      );
      assertNeverBack(seen);
      done.abort();
    },
  },
  {
    title:
      "watch: while the store is out of sight the last snapshot is marked stale, and the next one is fresh and complete",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: writer } = await bench.store();
      const key = bench.key("k");
      await put(writer, key, "before");
      const done = new AbortController();
      const { seen } = record(store, { key }, done.signal);
      await bench.eventually("the first snapshot", () => values(seen[0]).join() === "before");
      network.stall();
      await bench.eventually("a stale snapshot", () => seen.at(-1)?.stale, 15_000);
      assert.deepEqual(values(seen.at(-1)), ["before"]);
      const { order } = (await writer.get(key)) ?? {};
      await writer.commit({ writes: [{ remove: key }] });
      await put(writer, key, "before");
      network.heal();
      const fresh = await bench.eventually(
        "a fresh snapshot",
        () => seen.at(-1)?.stale === false && seen.at(-1),
        15_000,
      );
      assert.deepEqual(values(fresh), ["before"]);
      assert.notEqual(fresh.entries[0]?.order, order);
      assertNeverBack(seen);
      done.abort();
    },
  },
  {
    title: "watch: after its connection broke it sees again as soon as there is another one",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: writer } = await bench.store();
      const key = bench.key("k");
      const done = new AbortController();
      const { seen } = record(store, { key }, done.signal);
      await bench.eventually("the first snapshot", () => seen[0]);
      for (const value of ["1", "2", "3"]) {
        network.reset();
        await bench.eventually("another connection", () =>
          store.get(key).then(
            () => true,
            () => false,
          ),
        );
        await put(writer, key, value);
        await bench.eventually(`the value ${value}`, () => values(seen.at(-1)).join() === value, 500);
      }
      done.abort();
    },
  },
  {
    title: "watch: begun while the store is out of reach, it begins when it is back",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: writer } = await bench.store();
      const key = bench.key("k");
      await put(writer, key, "1");
      network.refuse();
      const done = new AbortController();
      const { seen } = record(store, { key }, done.signal);
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(seen, []);
      network.heal();
      await bench.eventually("the first snapshot", () => values(seen[0]).join() === "1");
      done.abort();
    },
  },
  {
    title: "watch: a hundred of them on one key all end on the last",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      const key = bench.key("k");
      const done = new AbortController();
      const all = Array.from({ length: 100 }, () => record(store, { key }, done.signal));
      await bench.eventually("the first snapshots", () => all.every(({ seen }) => seen.length > 0));
      for (let round = 0; round < 10; round += 1) await put(writer, key, `${round}`);
      await bench.eventually("the last", () => all.every(({ seen }) => values(seen.at(-1)).join() === "9"));
      done.abort();
    },
  },
  {
    title: "watch: ends by its signal, by leaving the loop and by close(), without an error",
    async run(bench) {
      const { store } = await bench.store();
      const key = bench.key("k");
      const aborted = new AbortController();
      const bySignal = record(store, { key }, aborted.signal);
      const byClose = record(store, { key }, new AbortController().signal);
      await bench.eventually("the first snapshots", () => bySignal.seen.length > 0 && byClose.seen.length > 0);
      for await (const _ of store.watch({ key })) break;
      aborted.abort(new Error("enough"));
      await bench.within(1_000, "the end by signal", bySignal.ended);
      await store.close();
      await bench.within(1_000, "the end by close()", byClose.ended);
    },
  },
];
