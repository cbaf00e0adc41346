import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { run } from "../structure/run.ts";
import { root } from "../structure/workspace.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const etcd = binariesOf(inject("servers").etcd);
const zookeeper = binariesOf(inject("servers").zookeeper);

/** How many lines of each kind an example prints, whatever their order. */
const examples: Readonly<
  Record<string, { readonly processes: number; readonly lines: Readonly<Record<string, number>> }>
> = {
  "cron-once": { processes: 3, lines: { "sends the invoices, with token \\d+": 1, "leaves it to another one": 2 } },
  "leader-worker": { processes: 3, lines: { "leads in term \\d+": 3, "schedules round 3 of term \\d+": 3 } },
  phases: {
    processes: 3,
    lines: { "begins (extract|transform|load) as number [012]": 9, "ends (extract|transform|load)": 9 },
  },
  "semaphore-fleet": { processes: 5, lines: { "begins picture [12]": 10, "ends picture [12]": 10 } },
  "live-config": {
    processes: 3,
    lines: { "starts with rate limit 10": 3, "sees rate limit 30": 3, "is refused: .*": 1 },
  },
  "http-discovery": {
    processes: 3,
    lines: { "served 20 requests": 2, "40 requests were answered by worker-1 and worker-2": 1 },
  },
  "grpc-discovery": {
    processes: 3,
    lines: { "served \\d+ calls": 2, "calls were answered by worker-1 and worker-2": 1 },
  },
};

/** Runs an example as its `npm start` does; `url`: the store, the embedded one without it. */
async function play(name: string, url?: string): Promise<void> {
  const { processes, lines } = examples[name] ?? { processes: 0, lines: {} };
  const args = [join(root, "examples/several.mjs"), String(processes), ...(url === undefined ? [] : [url])];
  const cwd = join(root, "examples", name);
  const { code, output, stdout } = await run(process.execPath, args, { cwd, limitMs: 60_000 });
  expect(code, output).toBe(0);
  const said = stdout.trim().split("\n");
  for (const [line, times] of Object.entries(lines)) {
    const like = new RegExp(`^worker-\\d: ${line}$`);
    expect(
      said.filter((each) => like.test(each)),
      `${line} in ${output}`,
    ).toHaveLength(times);
  }
}

describe.each(Object.keys(examples))("%s", (name) => {
  test("runs on the embedded store", () => play(name));

  test.skipIf(!etcd)("runs on etcd", async () => {
    if (!etcd) throw new Error("to be skipped without etcd");
    await using cluster = await startEtcd({ binaries: etcd });
    await play(name, `${cluster.url}/${name}`);
  });

  test.skipIf(!zookeeper)("runs on ZooKeeper", async () => {
    if (!zookeeper) throw new Error("to be skipped without ZooKeeper");
    await using cluster = await startZooKeeper({ binaries: zookeeper, tickMs: 500 });
    await play(name, `${cluster.url}/${name}`);
  });
});
