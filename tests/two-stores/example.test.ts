import { fileURLToPath } from "node:url";
import { connect } from "@coord/core";
import { describe, expect, test } from "vitest";
import { run } from "../structure/run.ts";
import { bothThere, startBoth } from "./stores.ts";

const start = fileURLToPath(new URL("../../examples/two-stores/start.mjs", import.meta.url));

/** What the application left in one store. */
async function countsIn(url: string) {
  const coord = await connect(url);
  const [settings, results] = await Promise.all([coord.store.get("config/r"), coord.store.list("results/r")]);
  await coord.close();
  return { settings: settings ? 1 : 0, results: results.entries.length };
}

describe.skipIf(!bothThere)("the application on two stores", () => {
  test("runs with configuration in ZooKeeper and data in etcd, the other way round, and all in one", async () => {
    const { zk, etcd } = await startBoth();
    const arrangements = [
      [`${zk}/a`, `${etcd}/a`],
      [`${etcd}/b`, `${zk}/b`],
      [`${etcd}/c`, `${etcd}/c`],
    ] as const;
    for (const [config, data] of arrangements) {
      const env = { ...process.env, RUN: "r" };
      const { code, output, stdout } = await run(process.execPath, [start, config, data], { env, limitMs: 60_000 });
      expect(code, `${config} ${data}: ${output}`).toBe(0);
      expect(stdout.trim().split("\n").at(-1)).toMatch(/^two-stores: 24 jobs done, each once; .* 3 to 5$/);
      expect(await countsIn(config)).toEqual({ settings: 1, results: config === data ? 24 : 0 });
      expect(await countsIn(data)).toEqual({ settings: config === data ? 1 : 0, results: 24 });
    }
  }, 120_000);

  test("without two URLs it says how it is started", async () => {
    const { code, output } = await run(process.execPath, [start], { limitMs: 20_000 });
    expect(code).toBe(64);
    expect(output).toContain("usage: npm start -- CONFIG_URL DATA_URL");
  });
});
