import {
  cyclicBarrierWorkload,
  discoveryWorkload,
  doubleBarrierWorkload,
  electionWorkload,
  encodeEvent,
  explain,
  mutexWorkload,
  readWriteWorkload,
  registerWorkload,
  semaphoreWorkload,
  severalWorkload,
  simulate,
  type Workload,
} from "@coord/conformance";
import { expect, test } from "vitest";

async function course(workload: Workload, seed: number) {
  const { world } = await simulate(workload, seed);
  return { schedule: world.schedule, history: world.history.map(encodeEvent), happenings: world.time.count };
}

test.each([
  mutexWorkload,
  readWriteWorkload,
  semaphoreWorkload,
  severalWorkload,
  electionWorkload,
  discoveryWorkload,
  cyclicBarrierWorkload,
  doubleBarrierWorkload,
  registerWorkload,
])("$name: a seed plays again to the last message", async (workload) => {
  for (const seed of [1, 7, 42]) expect(await course(workload, seed)).toEqual(await course(workload, seed));
});

test("two seeds are two courses of events", async () => {
  expect((await course(mutexWorkload, 1)).history).not.toEqual((await course(mutexWorkload, 2)).history);
});

test("a failure names its seed, prints the schedule and the events that show it", async () => {
  const overlapping: Workload = {
    ...mutexWorkload,
    judge: ({ history }) => [{ rule: "overlap", message: "made up", events: history.slice(0, 1) }],
  };
  const text = explain(await simulate(overlapping, 5), overlapping);
  expect(text).toMatch(/mutex, seed 5, ttl \d+ ms/);
  expect(text).toMatch(/ms {2}client-\d: /);
  expect(text).toMatch(/overlap: made up/);
});
