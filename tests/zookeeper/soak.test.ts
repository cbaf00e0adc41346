import { describe, expect, inject, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { soak, soakLimitMs } from "../testbed/soak.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);

describe.skipIf(binaries === undefined)(
  "hundreds of locks and watches on ZooKeeper, through connections that break",
  () => {
    test(
      "leave nothing behind, in the process or at the server, and the process ends by itself",
      async () => {
        if (!binaries) return;
        // a directory that was emptied goes soon
        const jvm = ["-Dznode.container.checkIntervalMs=200"];
        await using cluster = await startZooKeeper({ binaries, tickMs: 500, jvm });
        const { endpoint } = cluster.node;
        const figure = async (name: string) =>
          Number(new RegExp(`^zk_${name}\\t(\\d+)`, "m").exec(await fourLetterWord(endpoint, "mntr"))?.[1]);
        const nodesBefore = await figure("znode_count");
        expect(await soak("zk", endpoint)).toBeGreaterThan(200);
        for (const [name, most] of [
          ["watch_count", 0],
          ["ephemerals_count", 0],
          ["num_alive_connections", 1],
          ["znode_count", nodesBefore],
        ] as const) {
          await eventually(`no more than ${most}: ${name}`, async () => (await figure(name)) <= most, {
            within: 20_000,
          });
        }
      },
      soakLimitMs,
    );
  },
);
