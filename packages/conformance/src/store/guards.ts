import assert from "node:assert/strict";
import { type ConflictError, CoordError } from "@coord/core/spi";
import { bytes, type Case } from "../rig.ts";
import { isConflict } from "./commits.ts";

/** What the guards of a `commit` let through, and what they stop. */
export const guardCases: readonly Case[] = [
  {
    title: "commit: guards let it through when they hold, also without a write",
    async run(bench) {
      const { store } = await bench.store();
      const { entries } = await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1") }] });
      const [entry] = entries;
      assert.ok(entry);
      const guards = [{ exists: bench.key("k") }, { absent: bench.key("other") }, { unchanged: entry }];
      await store.commit({ guards, writes: [] });
      await store.commit({ guards, writes: [{ create: bench.key("made"), value: bytes("1") }] });
      assert.ok(await store.get(bench.key("made")));
    },
  },
  {
    title: 'commit: a guard "absent" lets through what is made below that very key, where nothing is there yet',
    async run(bench) {
      const { store } = await bench.store();
      const [key, below] = [bench.key("d/x"), bench.key("d/x/y")];
      await store.commit({ guards: [{ absent: key }], writes: [{ create: below, value: bytes("1") }] });
      assert.ok(await store.get(below));
      assert.equal(await store.get(key), undefined);
      await store.commit({ guards: [{ absent: key }], writes: [{ put: below, value: bytes("2") }] });
    },
  },
  {
    title: 'commit: a guard "absent" lets through what is made above that very key, where nothing is there yet',
    async run(bench) {
      const { store } = await bench.store();
      const [key, below] = [bench.key("u/x"), bench.key("u/x/y")];
      await store.commit({ guards: [{ absent: below }], writes: [{ create: key, value: bytes("1") }] });
      assert.ok(await store.get(key));
      assert.equal(await store.get(below), undefined);
      await store.commit({ guards: [{ absent: below }], writes: [{ put: key, value: bytes("2") }] });
    },
  },
  ...(["exists", "absent", "unchanged"] as const).map(
    (kind): Case => ({
      title: `commit: a guard "${kind}" that does not hold stops all of it and is named`,
      async run(bench) {
        const { store } = await bench.store();
        const { entries } = await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1") }] });
        const [old] = entries;
        assert.ok(old);
        await store.commit({ writes: [{ put: bench.key("k"), value: bytes("2") }] });
        const guard = {
          exists: { exists: bench.key("none") },
          absent: { absent: bench.key("k") },
          unchanged: { unchanged: old },
        }[kind];
        const named = kind === "exists" ? bench.key("none") : bench.key("k");
        await assert.rejects(
          store.commit({ guards: [guard], writes: [{ put: bench.key("written"), value: bytes("1") }] }),
          isConflict(named),
        );
        assert.equal(await store.get(bench.key("written")), undefined);
      },
    }),
  ),
  {
    title: 'commit: a guard "unchanged" does not hold for an entry that was made anew with the same value',
    async run(bench) {
      const { store } = await bench.store();
      const { entries } = await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1") }] });
      const [old] = entries;
      assert.ok(old);
      await store.commit({ writes: [{ remove: bench.key("k") }] });
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1") }] });
      await assert.rejects(store.commit({ guards: [{ unchanged: old }], writes: [] }), isConflict(bench.key("k")));
    },
  },
  {
    title: "commit: of several guards the one that does not hold is named, with what was expected and found",
    async run(bench) {
      const { store } = await bench.store();
      await store.commit({ writes: [{ create: bench.key("a"), value: bytes("1") }] });
      const guards = [{ exists: bench.key("a") }, { absent: bench.key("a") }, { absent: bench.key("b") }];
      const error = await store.commit({ guards, writes: [] }).catch((reason) => reason);
      assert.ok(CoordError.is(error, "CONFLICT"));
      const { key, expected, actual } = error as ConflictError;
      assert.equal(key, bench.key("a"));
      assert.ok(expected.length > 0 && actual.length > 0);
    },
  },
];
