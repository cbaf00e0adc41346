import { SharedMap } from "@coord/replica";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { following } from "../testbed/following.ts";
import { toldOfTheOldState } from "../testbed/set-back.ts";
import { binaries, EtcdWorld } from "./world.ts";

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
      const client = () => world.client({ session: { ttlMs: 30_000 } });
      const remember = async () => {
        const snapshot = await world.cluster.saveSnapshot();
        return () => world.cluster.restoreSnapshot(snapshot);
      };
      await toldOfTheOldState({ client, remember, withinMs: 20_000 }, since);
    },
  );
});
