import assert from "node:assert/strict";
import { CoordError } from "@coord/core/spi";
import { bytes, type Case, text } from "../rig.ts";

export const isConflict = (key: string) => (error: unknown) => CoordError.is(error, "CONFLICT") && error.key === key;

/** What `commit` promises. */
export const commitCases: readonly Case[] = [
  {
    title: "commit: create is a conflict where the key exists, and writes nothing",
    async run(bench) {
      const { store } = await bench.store();
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("first") }] });
      await assert.rejects(
        store.commit({ writes: [{ create: bench.key("k"), value: bytes("second") }] }),
        isConflict(bench.key("k")),
      );
      assert.equal(text((await store.get(bench.key("k")))?.value ?? bytes("")), "first");
    },
  },
  {
    title: "commit: update and remove of an entry are conflicts unless it is there in this very version",
    async run(bench) {
      const { store } = await bench.store();
      const key = bench.key("k");
      const { entries } = await store.commit({ writes: [{ create: key, value: bytes("1") }] });
      const old = entries[0];
      assert.ok(old);
      const { entries: updated } = await store.commit({ writes: [{ update: old, value: bytes("2") }] });
      await assert.rejects(store.commit({ writes: [{ update: old, value: bytes("3") }] }), isConflict(key));
      await assert.rejects(store.commit({ writes: [{ remove: old }] }), isConflict(key));
      assert.equal(text((await store.get(key))?.value ?? bytes("")), "2");
      const now = updated[0];
      assert.ok(now);
      await store.commit({ writes: [{ remove: now }] });
      await assert.rejects(store.commit({ writes: [{ remove: now }] }), isConflict(key));
      await store.commit({ writes: [{ create: key, value: bytes("2") }] });
      await assert.rejects(store.commit({ writes: [{ update: now, value: bytes("4") }] }), isConflict(key));
    },
  },
  {
    title: "commit: remove by key takes whatever is there, also nothing",
    async run(bench) {
      const { store } = await bench.store();
      await store.commit({ writes: [{ remove: bench.key("k") }] });
      await store.commit({ writes: [{ put: bench.key("k"), value: bytes("1") }] });
      await store.commit({ writes: [{ remove: bench.key("k") }] });
      assert.equal(await store.get(bench.key("k")), undefined);
    },
  },
  {
    title: "commit: what is removed may get something below it at once, whatever lies there already",
    async run(bench) {
      const { store } = await bench.store();
      for (const before of [[], ["other"], ["other/deep"]]) {
        const key = bench.key(`section-${before.join("-").replace("/", "-")}`);
        for (const name of before)
          await store.commit({ writes: [{ create: `${key}/${name}`, value: bytes("there") }] });
        const { entries } = await store.commit({ writes: [{ create: key, value: bytes("1") }] });
        await store.commit({ writes: [{ remove: key }, { create: `${key}/a`, value: bytes("a") }] });
        assert.equal(await store.get(key), undefined);
        assert.equal(text((await store.get(`${key}/a`))?.value ?? bytes("")), "a");
        const again = await store.commit({ writes: [{ create: key, value: bytes("2") }] });
        assert.ok((again.entries[0]?.order ?? 0n) > (entries[0]?.order ?? 0n));
        const [entry] = again.entries;
        assert.ok(entry);
        await store.commit({ writes: [{ put: `${key}/b`, value: bytes("b") }, { remove: entry }] });
        assert.equal(await store.get(key), undefined);
        assert.equal(text((await store.get(`${key}/b`))?.value ?? bytes("")), "b");
        for (const name of before) assert.equal(text((await store.get(`${key}/${name}`))?.value ?? bytes("")), "there");
      }
    },
  },
  {
    title: "commit: all of it or nothing",
    async run(bench) {
      const { store } = await bench.store();
      await store.commit({ writes: [{ create: bench.key("b"), value: bytes("old") }] });
      const writes = [
        { create: bench.key("a"), value: bytes("new") },
        { put: bench.key("c"), value: bytes("new") },
        { create: bench.key("b"), value: bytes("new") },
      ];
      await assert.rejects(store.commit({ writes }), isConflict(bench.key("b")));
      const { entries } = await store.list(bench.at);
      assert.deepEqual(
        entries.map(({ value }) => text(value)),
        ["old"],
      );
    },
  },
  {
    title: "commit: answers with what each write left behind, in the order of the writes",
    async run(bench) {
      const { store } = await bench.store();
      const { entries: before } = await store.commit({
        writes: [
          { create: bench.key("b"), value: bytes("1") },
          { create: bench.key("c"), value: bytes("1") },
        ],
      });
      const [b] = before;
      assert.ok(b);
      const { entries } = await store.commit({
        writes: [
          { remove: bench.key("c") },
          { update: b, value: bytes("2") },
          { create: bench.key("a"), value: bytes("3") },
        ],
      });
      assert.deepEqual(
        entries.map((entry) => entry && [entry.key, text(entry.value)]),
        [undefined, [bench.key("b"), "2"], [bench.key("a"), "3"]],
      );
      assert.deepEqual((await store.get(bench.key("b")))?.version, entries[1]?.version);
    },
  },
  {
    title: "commit: of many clients that update the same version, exactly one succeeds",
    async run(bench) {
      const clients = await Promise.all(Array.from({ length: 8 }, () => bench.store()));
      const key = bench.key("k");
      await clients[0]?.store.commit({ writes: [{ create: key, value: bytes("0") }] });
      for (let round = 0; round < 5; round += 1) {
        const entry = await clients[0]?.store.get(key);
        assert.ok(entry);
        const results = await Promise.allSettled(
          clients.map(({ store }, index) => store.commit({ writes: [{ update: entry, value: bytes(`${index}`) }] })),
        );
        assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
      }
    },
  },
  {
    title: "commit: those of one turn have each its own verdict, whatever becomes of the others",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const gone = await bench.session(store);
      await gone.close();
      const taken = (index: number) => index % 3 === 0;
      const indexes = Array.from({ length: 60 }, (_, index) => index);
      for (const index of indexes.filter(taken))
        await store.commit({ writes: [{ create: bench.key(`k${index}`), value: bytes("old") }] });
      const calls = indexes.map((index) =>
        store.commit({ writes: [{ create: bench.key(`k${index}`), value: bytes(`${index}`), session }] }),
      );
      const lost = assert.rejects(
        store.commit({ writes: [{ create: bench.key("lost"), value: bytes("1"), session: gone }] }),
        (error) => CoordError.is(error, "SESSION_LOST"),
      );
      const reads = indexes.map((index) => store.get(bench.key(`other${index}`)));
      const ends = await Promise.allSettled(calls);
      for (const index of indexes) {
        const end = ends[index];
        if (taken(index)) assert.ok(end?.status === "rejected" && isConflict(bench.key(`k${index}`))(end.reason));
        else assert.ok(end?.status === "fulfilled" && text(end.value.entries[0]?.value ?? bytes("")) === `${index}`);
        assert.equal(
          text((await store.get(bench.key(`k${index}`)))?.value ?? bytes("")),
          taken(index) ? "old" : `${index}`,
        );
      }
      await lost;
      assert.ok((await Promise.all(reads)).every((entry) => entry === undefined));
    },
  },
  {
    title: "commit: those of one turn that depend on each other come out as if one after the other",
    async run(bench) {
      const { store } = await bench.store();
      const key = bench.key("k");
      const create = () => store.commit({ writes: [{ create: key, value: bytes("1") }] });
      const ends = await Promise.allSettled(Array.from({ length: 20 }, create));
      assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
      const entry = await store.get(key);
      assert.ok(entry);
      const guarded = Array.from({ length: 20 }, (_, index) =>
        store.commit({
          guards: [{ unchanged: entry }],
          writes: [
            { update: entry, value: bytes("2") },
            { create: bench.key(`made${index}`), value: bytes("1") },
          ],
        }),
      );
      const after = await Promise.allSettled(guarded);
      assert.equal(after.filter(({ status }) => status === "fulfilled").length, 1);
      const made = (await store.list(bench.at)).entries.filter(({ key: name }) => name.includes("/made"));
      assert.equal(made.length, 1);
    },
  },
  {
    title: "commit: the largest value is put where nothing is, and over an entry, which keeps its order and session",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const large = new Uint8Array(store.traits.maxValueBytes).fill(7);
      const fresh = await store.commit({ writes: [{ put: bench.key("fresh"), value: large }] });
      assert.equal(fresh.entries[0]?.session, undefined);
      assert.equal((await store.get(bench.key("fresh")))?.value.length, large.length);
      const { entries } = await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      const over = await store.commit({ writes: [{ put: bench.key("k"), value: large }] });
      const found = await store.get(bench.key("k"));
      for (const entry of [over.entries[0], found]) {
        assert.deepEqual(
          [entry?.order, entry?.session, entry?.value.length],
          [entries[0]?.order, session.id, large.length],
        );
      }
      assert.equal(over.entries[0]?.version, found?.version);
    },
  },
];
