import { connect } from "@coord/core";
import { SharedMap } from "@coord/replica";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { following } from "../testbed/following.ts";
import { binaries, Past } from "./past.ts";
import { ZooKeeperRig } from "./rig.ts";

describe.skipIf(binaries === undefined)("a map on ZooKeeper", () => {
  test.each([0, 60])(
    "that is set back to an older state says so before it shows it, also when %i writes came since",
    async (since) => {
      const servers = await Past.start(1);
      const rig = new ZooKeeperRig(servers.cluster);
      onTestFinished(() => rig[Symbol.asyncDispose]());
      const client = async () => {
        const { backend, network } = await rig.client();
        const coord = await connect(backend, { session: { ttlMs: 4_000 } });
        onTestFinished(() => coord.close());
        return { coord, network };
      };
      const { coord, network } = await client();
      const map = await SharedMap.open<string>(coord, "m");
      await map.set("k", "old");
      await map.set("kept", "old");
      await servers.remember();
      for (let round = 0; round < 20; round += 1) await map.set("k", `new ${round}`);
      const told = following(map);
      if (since > 0) network.refuse();
      if (since > 0) network.reset();
      await servers.restore();
      const writer = await SharedMap.open<string>((await client()).coord, "m");
      for (let round = 0; round < since; round += 1) await writer.set("other", `${round}`);
      network.heal();
      await eventually("the old state", () => !map.stale && map.get("k") === "old", { within: 30_000 });
      expect(told.restored).toBe(1);
      expect(told.events.filter((event) => event !== "stale" && event !== "fresh")[0]).toBe("restored");
      expect(told.smallest).toBe(2);
      await eventually("a write", () => map.set("k", "after").then(Boolean, () => false), { within: 20_000 });
      expect(map.get("k")).toBe("after");
      expect(told.restored).toBe(1);
    },
  );
});
