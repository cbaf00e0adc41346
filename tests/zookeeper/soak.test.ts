import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { run } from "../structure/run.ts";
import { root } from "../structure/workspace.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startProxy } from "../testbed/proxy/proxy.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);

const warmUpMs = 6_000;
/** `COORD_SOAK_MS` makes it longer. */
const soakMs = Number(process.env.COORD_SOAK_MS ?? 15_000);
const heapMayGrowBytes = 4_000_000;

interface Held {
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
}

/** The program that etcd is soaked with, beside the package that has what it doesn't bring along. */
async function bundled(): Promise<string> {
  const outfile = join(root, "packages/zookeeper/node_modules/.cache/soaking.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("../etcd/programs/soaking.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: ["node-zookeeper-client", "@coord/etcd"],
    logLevel: "silent",
  });
  return outfile;
}

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
        await using proxy = await startProxy(endpoint);
        const program = await bundled();
        const breaking = setInterval(() => proxy.reset(), 400);
        onTestFinished(() => clearInterval(breaking));
        const flags = ["--expose-gc", "--unhandled-rejections=strict"];
        const { code, output, stdout } = await run(
          process.execPath,
          [...flags, program, `zk://${proxy.address}`, `${warmUpMs}`, `${soakMs}`],
          { limitMs: warmUpMs + soakMs + 60_000 },
        );
        clearInterval(breaking);
        expect(code, output).toBe(0);
        const { cycles, before, after, exitMs }: { cycles: number; before: Held; after: Held; exitMs: number } =
          JSON.parse(stdout);
        console.info(JSON.stringify({ cycles, connections: proxy.counts.connections, before, after, exitMs }));
        expect(proxy.counts.connections).toBeGreaterThan(20);
        expect(cycles).toBeGreaterThan(200);
        expect(after.heapBytes - before.heapBytes).toBeLessThan(heapMayGrowBytes);
        expect(after.sockets).toBeLessThanOrEqual(before.sockets + 1);
        expect(after.timers).toBeLessThanOrEqual(before.timers + 3);
        expect(exitMs).toBeLessThan(1_000);
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
      warmUpMs + soakMs + 90_000,
    );
  },
);
