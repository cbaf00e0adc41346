import { Config } from "@coord/config";
import { SharedMap } from "@coord/replica";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "../testbed/eventually.ts";
import { following } from "../testbed/following.ts";
import { binaries, EtcdWorld } from "./world.ts";

const schema = z.object({ k: z.string() });

describe.skipIf(binaries === undefined)("a map on etcd", () => {
  test("that was out of sight over a compaction is complete again, and was never empty nor older", async () => {
    const world = await EtcdWorld.start();
    const writer = await SharedMap.open<number>((await world.client()).coord, "m");
    const { coord, network } = await world.client();
    for (const key of ["a", "b", "c"]) await writer.set(key, 0);
    await writer.set("gone", 0);
    const map = await SharedMap.open<number>(coord, "m");
    const told = following(map);
    for (let round = 1; round <= 3; round += 1) {
      network.reset();
      network.refuse();
      await eventually("it to be out of sight", () => map.stale);
      for (let n = 0; n < 50; n += 1) await writer.set("a", round * 100 + n);
      await writer.delete("gone");
      await writer.set("new", round);
      await world.ask("/v3/kv/compaction", { revision: String(writer.revision), physical: true });
      expect(map.size).toBe(4);
      network.heal();
      await eventually("all of it", () => !map.stale && map.get("new") === round && map.get("a") === round * 100 + 49);
    }
    expect([...map.keys()]).toEqual(["a", "b", "c", "new"]);
    expect(told.restored).toBe(0);
    expect(told.revisions).toEqual([...told.revisions].sort((a, b) => (a < b ? -1 : 1)));
    expect(told.smallest).toBe(4);
  });

  test.each([0, 60])(
    "that is set back to an older state says so before it shows it, as a configuration does, also when %i writes came since",
    async (since) => {
      const world = await EtcdWorld.start();
      const { coord, network } = await world.client({ session: { ttlMs: 30_000 } });
      const map = await SharedMap.open<string>(coord, "m");
      await map.set("k", "old");
      await map.set("kept", "old");
      await using config = await Config.open(coord, "c", { schema, defaults: { k: "default" } });
      await using folder = await Config.openAll(coord, "f", { schema });
      await config.set({ k: "old" });
      await folder.update({ one: () => ({ k: "old" }) });
      const snapshot = await world.cluster.saveSnapshot();
      for (let round = 0; round < 20; round += 1) await map.set("k", `new ${round}`);
      await config.set({ k: "new" });
      await folder.update({ one: () => ({ k: "new" }) });
      const isNew = () => config.current.k === "new" && folder.current.get("one")?.k === "new";
      await eventually("the new configuration", isNew);
      const told = following(map);
      const seen: string[] = [];
      config.on("restored", ({ before }) => seen.push(`restored, ${before > 0n}, ${config.current.k}`));
      config.on("change", ({ k }) => seen.push(k));
      folder.on("restored", () => seen.push("folder restored"));
      folder.on("change", (now) => seen.push(`folder ${now.get("one")?.k}`));
      if (since > 0) network.refuse();
      if (since > 0) network.reset();
      await world.cluster.restoreSnapshot(snapshot);
      const writer = await SharedMap.open<string>((await world.client()).coord, "m");
      for (let round = 0; round < since; round += 1) await writer.set("other", `${round}`);
      network.heal();
      await eventually("the old state", () => !map.stale && map.get("k") === "old", { within: 20_000 });
      await eventually(
        "the old configuration",
        () => config.current.k === "old" && folder.current.get("one")?.k === "old",
      );
      expect(seen.filter((each) => !each.startsWith("folder"))).toEqual(["restored, true, new", "old"]);
      expect(seen.filter((each) => each.startsWith("folder"))).toEqual(["folder restored", "folder old"]);
      expect(told.restored).toBe(1);
      expect(told.events.filter((event) => event !== "stale" && event !== "fresh")[0]).toBe("restored");
      expect(told.smallest).toBe(2);
      await eventually("a write", () => map.set("k", "after").then(Boolean, () => false), { within: 20_000 });
      expect(map.get("k")).toBe("after");
      expect(told.restored).toBe(1);
    },
  );
});
