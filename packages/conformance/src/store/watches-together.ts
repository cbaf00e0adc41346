import type { Snapshot } from "@coord/core/spi";
import type { Case } from "../rig.ts";
import { put, record, values } from "./seen.ts";

/** What `watch` promises where one client watches overlapping parts of the tree. */
export const watchTogetherCases: readonly Case[] = [
  {
    title:
      "watch: a key and what is below it are both watched by one client, whichever began first, and whichever ends",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      for (const order of [["key", "under"] as const, ["under", "key"] as const]) {
        const key = bench.key(order.join("-"));
        const under = `${key}/below`;
        await put(writer, under, "0");
        const ends = { key: new AbortController(), under: new AbortController() };
        const seen: Partial<Record<"key" | "under", Snapshot[]>> = {};
        for (const each of order) {
          const scope = each === "key" ? { key } : { under: key };
          seen[each] = record(store, scope, ends[each].signal).seen;
          await bench.eventually(`the first snapshot of ${each}`, () => seen[each]?.[0]);
        }
        for (const value of ["1", "2"]) {
          await put(writer, under, value);
          await bench.eventually("what is below", () => values(seen.under?.at(-1)).join() === value, 1_000);
          await put(writer, key, value);
          await bench.eventually("the key", () => values(seen.key?.at(-1)).join() === value, 1_000);
        }
        const [first, second] = order;
        ends[first].abort();
        await put(writer, second === "key" ? key : under, "3");
        await bench.eventually("the one that goes on", () => values(seen[second]?.at(-1)).join() === "3", 1_000);
        ends[second].abort();
      }
    },
  },
  {
    title:
      "watch: a directory and one of its children are both watched by one client, whichever began first, and whichever ends",
    async run(bench) {
      const { store } = await bench.store();
      const { store: writer } = await bench.store();
      for (const order of [["key", "under"] as const, ["under", "key"] as const]) {
        const under = bench.key(order.join("-"));
        const key = `${under}/child`;
        await put(writer, key, "0");
        const ends = { key: new AbortController(), under: new AbortController() };
        const seen: Partial<Record<"key" | "under", Snapshot[]>> = {};
        for (const each of order) {
          seen[each] = record(store, each === "key" ? { key } : { under }, ends[each].signal).seen;
          await bench.eventually(`the first snapshot of ${each}`, () => seen[each]?.[0]);
        }
        for (const value of ["1", "2"]) {
          await put(writer, key, value);
          for (const each of order)
            await bench.eventually(`${each}`, () => values(seen[each]?.at(-1)).join() === value, 1_000);
        }
        const [first, second] = order;
        ends[first].abort();
        await store.get(key); // after whatever the end of the first one asked of the server
        for (const value of ["3", "4"]) {
          await put(writer, key, value);
          await bench.eventually("the one that goes on", () => values(seen[second]?.at(-1)).join() === value, 1_000);
        }
        ends[second].abort();
      }
    },
  },
  {
    title:
      "watch: a key that isn't there and what is below it, watched by one client from the same moment, also on another connection",
    async run(bench) {
      const { store: writer } = await bench.store();
      for (const trouble of ["none", "reset"] as const) {
        const { store, network } = await bench.store();
        const key = bench.key(trouble);
        await store.get(key); // it is connected, so that both begin at once
        const done = new AbortController();
        const at = record(store, { key }, done.signal).seen;
        const below = record(store, { under: key }, done.signal).seen;
        await bench.eventually("both first snapshots", () => at[0] && below[0]);
        if (trouble === "reset") {
          network.reset();
          await bench.eventually("another connection", () =>
            store.get(key).then(
              () => true,
              () => false,
            ),
          );
        }
        for (const [name, value, all] of [
          ["a", "1", "1"],
          ["b", "2", "1,2"],
          ["a", "3", "3,2"],
        ] as const) {
          await put(writer, `${key}/${name}`, value);
          await bench.eventually(`${all} below`, () => values(below.at(-1)).join() === all, 1_000);
          await put(writer, key, value);
          await bench.eventually(`${value} at the key`, () => values(at.at(-1)).join() === value, 1_000);
        }
        done.abort();
      }
    },
  },
];
