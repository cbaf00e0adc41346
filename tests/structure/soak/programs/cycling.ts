// Run by leaks.test.ts: takes and releases a lock over and over, and tells what the process has before and after.
import { getEventListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";

export interface Holdings {
  readonly heapBytes: number;
  /** How many of each kind keep the process going. */
  readonly resources: Readonly<Record<string, number>>;
  readonly abortListeners: number;
}

const cycles = Number(process.argv[2]);
const warmUp = Number(process.argv[3]);
const user = new AbortController();
const coord = await connect("memory:cycling");
const mutex = new Mutex(coord, "orders");

async function cycle(times: number): Promise<void> {
  for (let done = 0; done < times; done += 1) {
    const hold = await mutex.acquire({ signal: user.signal });
    await hold.release();
  }
}

async function holdings(): Promise<Holdings> {
  if (!globalThis.gc) throw new Error("to be run with --expose-gc");
  for (let round = 0; round < 5; round += 1) {
    await turn();
    globalThis.gc();
  }
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    heapBytes: process.memoryUsage().heapUsed,
    resources,
    abortListeners: getEventListeners(user.signal, "abort").length,
  };
}

await cycle(warmUp);
const before = await holdings();
await cycle(cycles);
const after = await holdings();
console.log(JSON.stringify({ before, after }));
await coord.close();
