import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { exclusion, fencing, type HistoryEvent, parseEvent } from "@coord/conformance";
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Process, program } from "./process.ts";

/** Longer by hand: COORD_LOCAL_CRASH_SECONDS=60. */
const seconds = Number(process.env.COORD_LOCAL_CRASH_SECONDS ?? 8);
const ttlMs = 1_500;

let worker: string;
let holder: string;
beforeAll(async () => {
  [worker, holder] = await Promise.all([program("worker"), program("holder")]);
});

async function temporary(): Promise<string> {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return folder.path;
}

function started(file: string, ...args: readonly string[]): Process {
  const process = new Process(file, ...args);
  onTestFinished(() => process[Symbol.asyncDispose]());
  return process;
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Without the last line of one that was killed as it wrote it; of one that was killed before its first turn there is none. */
function historyOf(file: string): HistoryEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.slice(0, -1).map(parseEvent);
}

test("eight processes pass one lock on while one after the other is killed: one at a time, rising tokens, no place lost", {
  timeout: (seconds + 60) * 1_000,
}, async () => {
  const folder = await temporary();
  const store = join(folder, "store");
  const died: HistoryEvent[] = [];
  const files: string[] = [];
  let clients = 0;
  const startWorker = () => {
    clients += 1;
    const client = `worker-${clients}`;
    const file = join(folder, client);
    files.push(file);
    return { client, process: started(worker, store, client, String(ttlMs), file) };
  };
  const workers = Array.from({ length: 8 }, startWorker);
  const untilMs = now() + seconds * 1_000;
  while (now() < untilMs) {
    await pause(1_000);
    // By chance: in any fixed order it would soon be the first in line each time, as who is killed joins at its end again.
    const place = Math.floor(Math.random() * workers.length);
    const victim = workers[place];
    if (!victim) throw new Error("there are eight");
    await victim.process.end("SIGKILL");
    died.push({ kind: "died", at: now(), client: victim.client });
    workers[place] = startWorker();
  }
  for (const { process } of workers) process.child.send("end");
  await eventually("all to have had their turn and ended", () => workers.every(({ process }) => process.ended), {
    within: 30_000,
  });
  expect(workers.map(({ process }) => process.errors).join("")).toBe("");
  expect(workers.map(({ process: { child } }) => child.signalCode ?? child.exitCode)).toEqual(workers.map(() => 0));
  const history = [...files.flatMap(historyOf), ...died].sort((a, b) => ("at" in a && "at" in b ? a.at - b.at : 0));
  expect(exclusion(history)).toEqual([]);
  expect(fencing(history)).toEqual([]);
  const grants = history.filter(({ kind }) => kind === "granted").length;
  expect(grants).toBeGreaterThan(2 * seconds); // the place of one that was killed is kept for its ttl, which is longer than until the next kill
  const heldOnes = new Set(history.flatMap((event) => (event.kind === "granted" ? [event.client] : [])));
  expect(workers.filter(({ client }) => !heldOnes.has(client))).toEqual([]);
  console.log(`${grants} grants in ${seconds} s, ${died.length} processes killed`);

  const coord = await connect({ path: store });
  onTestFinished(() => coord.close());
  const [one, other] = await Promise.all([coord.store.get("one"), coord.store.get("other")]);
  expect(one?.value).toEqual(other?.value);
  expect(one?.version).toBe(other?.version);
  await (await new Mutex(coord, "passed").acquire({ waitMs: 3 * ttlMs })).release();
  expect((await coord.store.list("passed")).entries).toEqual([]);
});

test("a holder that was stopped for longer than its ttl has been replaced, and says no first thing after", async () => {
  const folder = await temporary();
  const process = started(holder, folder, "1000");
  const before = await process.told();
  const coord = await connect({ path: folder }, { session: { ttlMs: 3_000 } });
  onTestFinished(() => coord.close());
  expect(await new Mutex(coord, "held").tryAcquire()).toBeNull();
  expect((await process.ask("?")).told).toBe("mine");
  const next = new Mutex(coord, "held").acquire();
  process.child.kill("SIGSTOP");
  const stoppedMs = now();
  const hold = await next;
  expect(now() - stoppedMs).toBeLessThan(1_000 + 1_000);
  const answer = process.ask("?");
  process.child.kill("SIGCONT");
  expect((await answer).told).toBe("lost");
  expect(hold.fencingToken).toBeGreaterThan(BigInt(before.token ?? 0));
  hold.check();
});

test("the lock of a killed process passes on after its ttl, not before", async () => {
  const folder = await temporary();
  const process = started(holder, folder, "1000");
  await process.told();
  const coord = await connect({ path: folder });
  onTestFinished(() => coord.close());
  const next = new Mutex(coord, "held").acquire();
  const renewedMs = now();
  await process.end("SIGKILL");
  const hold = await next;
  expect(now() - renewedMs).toBeGreaterThan(1_000 / 2);
  expect(now() - renewedMs).toBeLessThan(1_000 + 1_000);
  hold.check();
});
