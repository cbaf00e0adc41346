import { connect } from "@coord/core";
import { describe, onTestFinished, test } from "vitest";
import { toldOfTheOldState } from "../testbed/set-back.ts";
import { binaries, Past } from "./past.ts";
import { ZooKeeperRig } from "./rig.ts";

describe.skipIf(binaries === undefined)("a map on ZooKeeper", () => {
  test.each([0, 60])(
    "that is set back to an older state says so before it shows it, as a configuration does, also when %i writes came since",
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
      const remember = async () => {
        await servers.remember();
        return () => servers.restore();
      };
      await toldOfTheOldState({ client, remember, withinMs: 30_000 }, since);
    },
  );
});
