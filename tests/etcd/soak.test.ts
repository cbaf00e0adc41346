import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../structure/run.ts";
import { root } from "../structure/workspace.ts";
import { eventually } from "../testbed/eventually.ts";
import { http } from "../testbed/http.ts";
import { startProxy } from "../testbed/proxy/proxy.ts";
import { binaries, EtcdWorld } from "./world.ts";

const warmUpMs = 10_000;
const soakMs = 40_000;
const heapMayGrowBytes = 4_000_000;

interface Held {
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
}

/** Beside the package that has what it doesn't bring along. */
async function bundled(program: string): Promise<string> {
  const outfile = join(root, `packages/etcd/node_modules/.cache/${program}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: ["etcd3", "cockatiel", "@coord/zookeeper"],
    logLevel: "silent",
  });
  return outfile;
}

describe.skipIf(binaries === undefined)(
  "thousands of locks and watches on etcd, through connections that break",
  () => {
    test("leave nothing behind, in the process or at the server, and the process ends by itself", async () => {
      const world = await EtcdWorld.start();
      const proxy = await startProxy(world.cluster.node.endpoint);
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      const program = await bundled("soaking");
      const breaking = setInterval(() => proxy.reset(), 400);
      onTestFinished(() => clearInterval(breaking));
      const flags = ["--expose-gc", "--unhandled-rejections=strict"];
      const { code, output, stdout } = await run(
        process.execPath,
        [...flags, program, `etcd://${proxy.address}`, `${warmUpMs}`, `${soakMs}`],
        { limitMs: 100_000 },
      );
      clearInterval(breaking);
      expect(code, output).toBe(0);
      const { cycles, before, after, exitMs }: { cycles: number; before: Held; after: Held; exitMs: number } =
        JSON.parse(stdout);
      expect(proxy.counts.connections).toBeGreaterThan(50);
      expect(cycles).toBeGreaterThan(500);
      expect(after.heapBytes - before.heapBytes).toBeLessThan(heapMayGrowBytes);
      expect(after.sockets).toBeLessThanOrEqual(before.sockets + 1);
      expect(after.timers).toBeLessThanOrEqual(before.timers + 3);
      expect(exitMs).toBeLessThan(1_000);
      await eventually("the server to have no lease: given back, or at the latest run out", async () => {
        const { leases = [] } = await world.ask<{ leases?: unknown[] }>("/v3/lease/leases");
        return leases.length === 0;
      });
      await eventually("the server to have no watcher", async () => {
        const metrics = await http(world.cluster.node.endpoint, "/metrics");
        return /^etcd_debugging_mvcc_watcher_total 0$/m.test(metrics);
      });
    }, 150_000);
  },
);
