import assert from "node:assert/strict";
import { type Bench, bytes, type Case } from "../rig.ts";

const put = (bench: Bench, names: readonly string[]) => ({
  writes: names.map((name) => ({ put: bench.key(name), value: bytes(name) })),
});

const remove = (bench: Bench, names: readonly string[]) => ({
  writes: names.map((name) => ({ remove: bench.key(name) })),
});

/** What `directories` promises: the way to all that is in a store. */
export const directoryCases: readonly Case[] = [
  {
    title: "directories: the direct children that an entry lies below, however deep, by key, entries themselves or not",
    async run(bench) {
      const { store } = await bench.store();
      const names = [
        "leaf",
        "b/x",
        "both",
        "both/x",
        "a/deep/and/deeper",
        "a-b/x",
        "a.b/x",
        "a0/x",
        "ab",
        "c%2F/\u00e4",
      ];
      await store.commit(put(bench, names));
      const under = async (name: string) => store.directories(name === "" ? bench.at : bench.key(name));
      const keys = (...found: readonly string[]) => found.map((name) => bench.key(name));
      assert.deepEqual(await under(""), keys("a", "a-b", "a.b", "a0", "b", "both", "c%2F"));
      assert.deepEqual(await under("a"), keys("a/deep"));
      assert.deepEqual(await under("a/deep"), keys("a/deep/and"));
      assert.deepEqual(await under("a/deep/and"), []);
      assert.deepEqual(await under("leaf"), []);
      assert.deepEqual(await under("nothing"), []);
      assert.ok((await store.directories("")).includes(bench.at.split("/")[0] ?? ""));
    },
  },
  {
    title: "directories: what has been emptied is none any more, though it may be an entry, or hold what was emptied",
    async run(bench) {
      const { store } = await bench.store();
      const names = ["kept", "kept/x", "deep/er/x", "deep/er/y/z", "gone/x"];
      await store.commit(put(bench, names));
      await store.commit(remove(bench, ["kept/x", "deep/er/x", "deep/er/y/z", "gone/x"]));
      assert.deepEqual(await store.directories(bench.at), []);
      assert.deepEqual(await store.directories(bench.key("deep")), []);
      await store.commit(put(bench, ["deep/er/y/z"]));
      assert.deepEqual(await store.directories(bench.at), [bench.key("deep")]);
    },
  },
  {
    title: "directories: an entry with an empty value is one, and one that was removed with something below it isn't",
    async run(bench) {
      const { store } = await bench.store();
      await store.commit({ writes: [{ create: bench.key("a/empty"), value: bytes("") }] });
      await store.commit(put(bench, ["b/over", "b/over/x"]));
      await store.commit(remove(bench, ["b/over"]));
      assert.deepEqual(await store.directories(bench.at), [bench.key("a"), bench.key("b")]);
      await store.commit(remove(bench, ["b/over/x"]));
      assert.deepEqual(await store.directories(bench.at), [bench.key("a")]);
    },
  },
  {
    title: "directories: see every write that was answered before the call, whichever client made it",
    async run(bench) {
      const [{ store: writer }, { store: reader }] = [await bench.store(), await bench.store()];
      for (let round = 0; round < 20; round += 1) {
        await writer.commit(put(bench, ["d/x"]));
        assert.deepEqual(await reader.directories(bench.at), [bench.key("d")]);
        await writer.commit(remove(bench, ["d/x"]));
        assert.deepEqual(await reader.directories(bench.at), []);
      }
    },
  },
  {
    title: "directories: a line counts while somebody stands there, and its places are no directories",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      await store.contend(bench.key("locks/one"), bench.ticket(session));
      await store.contend(bench.key("locks/two"), bench.ticket(session));
      assert.deepEqual(await store.directories(bench.at), [bench.key("locks")]);
      assert.deepEqual(await store.directories(bench.key("locks")), [bench.key("locks/one"), bench.key("locks/two")]);
      assert.deepEqual(await store.directories(bench.key("locks/one")), []);
      await session.close();
      assert.deepEqual(await store.directories(bench.at), []);
    },
  },
  {
    title: "directories: one in which something lies all the while is never missing, wherever in it that is moved to",
    async run(bench) {
      const [{ store: writer }, { store: reader }] = [await bench.store(), await bench.store()];
      const [from, to] = [bench.key("d/a/k"), bench.key("d/z/k")];
      await writer.commit({ writes: [{ create: from, value: bytes("x") }] });
      let over = false;
      const moving = (async () => {
        for (let [here, there] = [from, to]; !over; [here, there] = [there, here]) {
          await writer.commit({ writes: [{ remove: here }, { create: there, value: bytes("x") }] });
        }
      })();
      try {
        for (let round = 0; round < 100; round += 1) {
          assert.deepEqual(await reader.directories(bench.at), [bench.key("d")]);
        }
      } finally {
        over = true;
        await moving;
      }
    },
  },
  {
    title: "directories: all of them, and each once, among thousands of entries",
    async run(bench) {
      const { store } = await bench.store();
      const numbered = (count: number, name: string) =>
        Array.from({ length: count }, (_, index) => `${name}${String(index).padStart(4, "0")}`);
      const names = [
        ...numbered(1_500, "leaf-"),
        ...numbered(1_500, "crowd/x"),
        ...numbered(300, "few-").flatMap((name) => [name, `${name}/a`, `${name}/b/c`]),
        ...numbered(1_200, "last/x"),
      ];
      const size = Math.min(100, store.traits.maxWrites);
      for (let from = 0; from < names.length; from += size) {
        await store.commit(put(bench, names.slice(from, from + size)));
      }
      const expected = ["crowd", ...numbered(300, "few-"), "last"].map((name) => bench.key(name));
      assert.deepEqual(await store.directories(bench.at), expected);
    },
  },
];
