// Run by `npm run bench -- etcd` or `… zookeeper`: measures all workloads, or those named, and prints one table.
import { parseArgs } from "node:util";
import type { Arena } from "./arena.ts";
import { discoveryRows } from "./discovery.ts";
import { etcdArena } from "./etcd/arena.ts";
import { benchLocal, versions } from "./local/bench.ts";
import { runOf, textOf, write } from "./report.ts";
import { judge, type Row } from "./row.ts";
import { handOver } from "./workloads/hand-over.ts";
import { idleLocks } from "./workloads/idle-locks.ts";
import { longLine } from "./workloads/long-line.ts";
import { manyKeys } from "./workloads/many-keys.ts";
import { manyWatchers } from "./workloads/many-watchers.ts";
import { oneFreeKey } from "./workloads/one-free-key.ts";
import { succession } from "./workloads/succession.ts";
import { zookeeperArena } from "./zookeeper/arena.ts";

const arenas: Readonly<Record<string, () => Promise<Arena>>> = { etcd: etcdArena, zookeeper: zookeeperArena };

const workloads: Readonly<Record<string, (arena: Arena) => Promise<Row[]>>> = {
  W1: oneFreeKey,
  W2: manyKeys,
  W3: handOver,
  W4: longLine,
  W5: succession,
  W7: manyWatchers,
  W8: idleLocks,
};

const usage = `usage: npm run bench -- ${Object.keys(arenas).join("|")} [${Object.keys(workloads).join("|")} …], or local, or discovery`;
const wrongUsage = 64;

const [store = "", ...asked] = parseArgs({ allowPositionals: true }).positionals;
const open = arenas[store];
/** What isn't measured on a server. */
const alone = new Map([
  ["local", benchLocal],
  ["discovery", discoveryRows],
]).get(store);
if (alone && asked.length === 0) {
  const startMs = performance.now();
  const rows = await alone();
  const run = runOf(store, { versions }, rows.map(judge), (performance.now() - startMs) / 1_000);
  console.log(`\n${textOf(run)}`);
  write(run);
  process.exit();
}
if (!open || asked.some((name) => !workloads[name])) {
  console.error(usage);
  process.exit(wrongUsage);
}
await bench(open);

async function bench(open: () => Promise<Arena>): Promise<void> {
  await using arena = await open();
  const startMs = performance.now();
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(workloads)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.error(`${name} …`);
    rows.push(...(await measure(arena)));
  }
  const run = runOf(store, arena, rows.map(judge), (performance.now() - startMs) / 1_000);
  console.log(`\n${textOf(run)}`);
  if (asked.length === 0) write(run);
}
