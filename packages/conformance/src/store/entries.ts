import assert from "node:assert/strict";
import { bytes, type Case, text } from "../rig.ts";

/** What entries are, and what `get` and `list` promise. */
export const entryCases: readonly Case[] = [
  {
    title: "get: a key that was never written is undefined",
    async run(bench) {
      const { store } = await bench.store();
      assert.equal(await store.get(bench.key("nothing")), undefined);
    },
  },
  {
    title: "get: sees every write that was answered before the call, whichever client made it",
    async run(bench) {
      const [{ store: writer }, { store: reader }] = [await bench.store(), await bench.store()];
      for (let round = 0; round < 20; round += 1) {
        await writer.commit({ writes: [{ put: bench.key("k"), value: bytes(`v${round}`) }] });
        const entry = await reader.get(bench.key("k"));
        assert.equal(entry && text(entry.value), `v${round}`);
      }
    },
  },
  {
    title: "entries: a value comes back byte for byte, also an empty one",
    async run(bench) {
      const { store } = await bench.store();
      const all = Uint8Array.from({ length: 256 }, (_, index) => index);
      await store.commit({
        writes: [
          { create: bench.key("all"), value: all },
          { create: bench.key("none"), value: bytes("") },
        ],
      });
      assert.deepEqual([...((await store.get(bench.key("all")))?.value ?? [])], [...all]);
      assert.equal((await store.get(bench.key("none")))?.value.length, 0);
    },
  },
  {
    title: "entries: changing a value that was passed in or read changes nothing in the store",
    async run(bench) {
      const { store } = await bench.store();
      const value = Buffer.from("before"); // whose slice() is a view, unlike that of any other Uint8Array
      await store.commit({ writes: [{ create: bench.key("k"), value }] });
      value.fill(0);
      (await store.get(bench.key("k")))?.value.fill(1);
      (await store.list(bench.at)).entries[0]?.value.fill(2);
      assert.equal(text((await store.get(bench.key("k")))?.value ?? bytes("")), "before");
    },
  },
  {
    title: "entries: the version changes with every write and never comes back, not even when the entry is made anew",
    async run(bench) {
      const { store } = await bench.store();
      const seen = new Set<string>();
      for (let round = 0; round < 3; round += 1) {
        const { entries: made } = await store.commit({ writes: [{ create: bench.key("k"), value: bytes("same") }] });
        const { entries: put } = await store.commit({ writes: [{ put: bench.key("k"), value: bytes("same") }] });
        for (const entry of [...made, ...put]) seen.add(entry?.version ?? "none");
        await store.commit({ writes: [{ remove: bench.key("k") }] });
      }
      assert.equal(seen.size, 6);
    },
  },
  {
    title: "entries: the order stays over updates and rises with every creation, also of the same key",
    async run(bench) {
      const { store } = await bench.store();
      let last = 0n;
      for (const name of ["a", "b", "a", "c", "a"]) {
        await store.commit({ writes: [{ remove: bench.key(name) }] });
        const { entries } = await store.commit({ writes: [{ create: bench.key(name), value: bytes("1") }] });
        const order = entries[0]?.order ?? 0n;
        assert.ok(order > last, `${order} after ${last}`);
        const { entries: updated } = await store.commit({ writes: [{ put: bench.key(name), value: bytes("2") }] });
        assert.equal(updated[0]?.order, order);
        last = order;
      }
    },
  },
  {
    title: "list: the direct children that are entries, by key, with their values",
    async run(bench) {
      const { store } = await bench.store();
      const names = ["b", "a", "c", "d/below", "a/below"];
      await store.commit({ writes: names.map((name) => ({ create: bench.key(name), value: bytes(name) })) });
      const { entries } = await store.list(bench.at);
      assert.deepEqual(
        entries.map(({ key }) => key),
        ["a", "b", "c"].map((name) => bench.key(name)),
      );
      assert.deepEqual(
        entries.map(({ value }) => text(value)),
        ["a", "b", "c"],
      );
      assert.deepEqual((await store.list(bench.key("nothing"))).entries, []);
    },
  },
  {
    title: "revisions: one counter over all verbs, which a later answer never shows lower",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const first = await store.commit({ writes: [{ put: bench.key("d/k"), value: bytes("1") }] });
      const listing = await store.list(bench.key("d"));
      assert.ok(first.revision > 0n && listing.revision >= first.revision);
      const second = await store.commit({ writes: [{ put: bench.key("d/k"), value: bytes("2") }] });
      assert.ok(second.revision > listing.revision);
      const place = await store.contend(bench.key("line"), bench.ticket(session));
      assert.ok(place.revision > second.revision);
      for await (const snapshot of store.watch({ key: bench.key("d/k") })) {
        assert.ok(snapshot.revision >= place.revision);
        break;
      }
    },
  },
  {
    title: "entries: what a commit was given, and what it answered, are copies",
    async run(bench) {
      const { store } = await bench.store();
      const value = Buffer.from("a");
      await store.commit({ writes: [{ put: bench.key("k"), value: bytes("z") }] });
      const { entries } = await store.commit({ writes: [{ put: bench.key("k"), value }] });
      value.fill(0);
      entries[0]?.value.fill(0);
      assert.equal(text((await store.get(bench.key("k")))?.value ?? bytes("")), "a");
    },
  },
  {
    title: "list and watch: ten thousand entries",
    async run(bench) {
      const { store } = await bench.store();
      const count = 10_000;
      const names = Array.from({ length: count }, (_, index) => String(index).padStart(5, "0"));
      const size = Math.min(100, store.traits.maxWrites);
      for (let from = 0; from < count; from += size) {
        await store.commit({
          writes: names.slice(from, from + size).map((name) => ({ create: bench.key(name), value: bytes(name) })),
        });
      }
      const { entries } = await store.list(bench.at);
      assert.equal(entries.length, count);
      assert.equal(text(entries[9_999]?.value ?? bytes("")), "09999");
      for await (const snapshot of store.watch({ under: bench.at })) {
        assert.equal(snapshot.entries.length, count);
        break;
      }
    },
  },
];
