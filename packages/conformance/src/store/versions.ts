import assert from "node:assert/strict";
import type { Commit } from "@coord/core/spi";
import { bytes, type Case } from "../rig.ts";

/** That a version means one entry, however much happens between a look at it and the write that names it. */
export const versionCases: readonly Case[] = [
  ...(["update", "remove", "unchanged"] as const).flatMap((condition) =>
    (["a session", "no session"] as const).map(
      (bound): Case => ({
        title: `commit: while "${condition}" is under way an entry of ${bound} is made anew, and not taken for the one that is meant`,
        async run(bench) {
          const [{ store: late, network }, { store: other }] = [await bench.store(), await bench.store()];
          const session = bound === "a session" ? await bench.session(other) : undefined;
          const make = { create: bench.key("k"), value: bytes("1"), session };
          const [old] = (await other.commit({ writes: [make] })).entries;
          assert.ok(old);
          await late.get(bench.key("k"));
          const commit: Commit = {
            update: { writes: [{ update: old, value: bytes("2") }] },
            remove: { writes: [{ remove: old }] },
            unchanged: { guards: [{ unchanged: old }], writes: [{ put: bench.key("k"), value: bytes("2") }] },
          }[condition];
          network.stall("replies");
          const ended = late.commit(commit).catch((error) => error);
          await bench.pause(bench.rig.promptMs);
          await other.commit({ writes: [{ remove: bench.key("k") }] });
          const [anew] = (await other.commit({ writes: [make] })).entries;
          network.heal();
          await bench.within(10_000, "the outcome", ended);
          assert.deepEqual(await other.get(bench.key("k")), anew);
        },
      }),
    ),
  ),
  {
    title: "commit: hundreds that name a version in one directory all get through, each once",
    async run(bench) {
      const { store } = await bench.store();
      const others = await Promise.all(Array.from({ length: 4 }, () => bench.store()));
      const keys = Array.from({ length: 100 }, (_, index) => bench.key(`k${index}`));
      const { entries } = await store.commit({ writes: keys.map((create) => ({ create, value: bytes("0") })) });
      await Promise.all(
        entries.map(async (entry, index) => {
          assert.ok(entry);
          const by = others[index % others.length]?.store;
          const after = await by?.commit({ writes: [{ update: entry, value: bytes("1") }] });
          await by?.commit({ writes: [{ remove: after?.entries[0] ?? "none" }] });
        }),
      );
      assert.deepEqual((await store.list(bench.at)).entries, []);
    },
  },
];
