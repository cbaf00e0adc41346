import { Config } from "@coord/config";
import { connect } from "@coord/core";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { bundle } from "../structure/bundle.ts";
import type { Cluster } from "../testbed/cluster.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { http } from "../testbed/http.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { type Report, Worker } from "./workers.ts";

const servers = inject("servers");
const etcd = binariesOf(servers.etcd);
const zookeeper = binariesOf(servers.zookeeper);
/** Increments of each of the eight processes; the whole experiment has 500. */
const increments = Number(process.env.COORD_CONFIG_INCREMENTS ?? 25);
const schema = z.object({ count: z.number().default(0) });

const stores = [
  {
    store: "etcd" as const,
    there: etcd !== undefined,
    start: () => startEtcd({ binaries: etcd as NonNullable<typeof etcd> }),
    watches: async ({ node }: Cluster) =>
      Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(await http(node.endpoint, "/metrics"))?.[1]),
  },
  {
    store: "zookeeper" as const,
    there: zookeeper !== undefined,
    start: () => startZooKeeper({ binaries: zookeeper as NonNullable<typeof zookeeper>, tickMs: 200 }),
    watches: async ({ node }: Cluster) =>
      Number(/Total watches:(\d+)/.exec(await fourLetterWord(node.endpoint, "wchs"))?.[1]),
  },
];

describe.each(stores.map((each) => [each.store, each] as const))(
  "documents of many processes on %s",
  (_, { store, there, start, watches }) => {
    async function world(workerCount: number) {
      const cluster = await start();
      onTestFinished(() => cluster[Symbol.asyncDispose]());
      const program = await bundle(new URL("programs/viewing.ts", import.meta.url), `config-viewing-${store}`);
      const coord = await connect(cluster.url, { session: { ttlMs: 4_000 } });
      onTestFinished(() => coord.close());
      const config = await Config.open(coord, "shared", { schema, keep: 5 });
      const workers = await Promise.all(Array.from({ length: workerCount }, () => Worker.start(program, cluster.url)));
      onTestFinished(() => {
        for (const worker of workers) worker[Symbol.dispose]();
      });
      const all = (verb: "look" | "increment" | "report", count?: number): Promise<Report[]> =>
        Promise.all(workers.map((worker) => worker.ask(verb, count)));
      const allShow = (count: number, within: number) =>
        eventually(
          `all to show ${count}`,
          async () => {
            const reports = await all("report");
            return reports.every(({ lowest, highest }) => lowest === count && highest === count) && reports;
          },
          { within },
        );
      return { cluster, config, all, allShow };
    }

    test.skipIf(!there)(
      "200 views in 4 processes see each change, for one watch a process; through restarts none goes back",
      async () => {
        const { cluster, config, all, allShow } = await world(4);
        await all("look", 1);
        const few = await watches(cluster);
        await all("look", 49);
        expect(await watches(cluster)).toBe(few);
        const sentMs = performance.now();
        await config.set({ count: 1 });
        await allShow(1, 5_000);
        const seenMs = performance.now() - sentMs;
        let count = 1;
        for (let restart = 0; restart < 2; restart += 1) {
          await config.set({ count: ++count });
          await cluster.node.kill();
          const writing = config.update((now) => ({ count: (now.count ?? 0) + 1 }), { waitMs: 30_000 });
          await cluster.node.start();
          await writing;
          count += 1;
          await config.set({ count: ++count }, { waitMs: 30_000 });
        }
        const reports = await allShow(count, 20_000);
        expect(reports.map(({ views, wentBack }) => [views, wentBack])).toEqual(Array(4).fill([50, 0]));
        console.log(
          `${store}: 200 views saw a change within ${Math.round(seenMs)} ms; ${few} watches on the server for 5 processes`,
        );
      },
    );

    test.skipIf(!there)("of the updates of 8 processes at once none is lost", { timeout: 600_000 }, async () => {
      const { config, all, allShow } = await world(8);
      await all("look", 1);
      const startMs = performance.now();
      await all("increment", increments);
      const tookMs = performance.now() - startMs;
      await allShow(8 * increments, 10_000);
      await eventually("the last update to be shown here", () => config.version === 8 * increments);
      console.log(`${store}: ${8 * increments} updates of 8 processes in ${Math.round(tookMs)} ms`);
    });
  },
);
