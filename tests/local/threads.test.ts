import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";
import { expect, onTestFinished, test } from "vitest";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { program } from "./process.ts";

interface Told {
  readonly tokens: readonly bigint[];
  readonly holds: bigint;
}

test("threads of a process share a store as processes do: one at a time, and one that is ended is replaced after its ttl", async () => {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const file = await program("thread");
  const inside = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { path: folder.path, rounds: 50, inside };
  const threads = [new Worker(file, { workerData }), new Worker(file, { workerData })];
  const told = threads.map(async (thread) => ({ thread, said: (await once(thread, "message"))[0] as Told }));
  const first = await Promise.race(told); // it holds the lock now, so the other one waits
  const ended = performance.now();
  await first.thread.terminate();
  const other = (await Promise.all(told)).find(({ thread }) => thread !== first.thread);
  if (!other) throw new Error("there are two");
  expect(performance.now() - ended).toBeLessThan(1_000 + 1_000);
  const tokens = [...first.said.tokens, first.said.holds, ...other.said.tokens, other.said.holds];
  expect(new Set(tokens).size).toBe(102);
  expect(other.said.holds).toBeGreaterThan(first.said.holds);

  await using coord = await connect({ path: folder.path });
  expect(await new Mutex(coord, "threads").tryAcquire()).toBeNull();
  const exit = once(other.thread, "exit");
  other.thread.postMessage("end");
  const hold = await new Mutex(coord, "threads").acquire({ waitMs: 5_000 });
  expect(hold.fencingToken).toBeGreaterThan(other.said.holds);
  expect((await exit)[0]).toBe(0);
});
