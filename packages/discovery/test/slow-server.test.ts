import { Chance, VirtualTime } from "@coord/conformance";
import { expect, test } from "vitest";
import type { BalancerName } from "../src/balancer.ts";
import { Pool } from "../src/pool.ts";
import { HandRuntime, instanceOf } from "./pools.ts";

/** Four servers that serve one request after the other, one of them ten times slower; requests come at random. */
async function p99Of(name: BalancerName, seed: number): Promise<number> {
  const time = new VirtualTime();
  const chance = new Chance(seed);
  const runtime = new HandRuntime(seed);
  const pool = new Pool(runtime, "orders", { balancer: name, ejection: false }, "me");
  pool.replace(["a", "b", "c", "slow"].map((id) => instanceOf(id)));
  const freeAtMs = new Map<string, number>();
  const latencies: number[] = [];
  const request = () => {
    runtime.nowMs = time.nowMs;
    const endpoint = pool.pick(undefined, undefined);
    endpoint.inFlight += 1;
    const { id } = endpoint.instance;
    const serviceMs = -Math.log(1 - chance.next()) * (id === "slow" ? 100 : 10);
    const sinceMs = time.nowMs;
    const doneMs = Math.max(sinceMs, freeAtMs.get(id) ?? 0) + serviceMs;
    freeAtMs.set(id, doneMs);
    time.at(doneMs, () => {
      runtime.nowMs = time.nowMs;
      endpoint.inFlight -= 1;
      latencies.push(doneMs - sinceMs);
      pool.succeeded(endpoint, doneMs - sinceMs);
    });
  };
  await time.drive(async () => {
    for (let count = 0; count < 3_000; count += 1) {
      await new Promise<void>((resolve) => void time.in(-Math.log(1 - chance.next()) * 6, resolve)); // 54 % of what all can do
      request();
    }
  });
  return latencies.sort((x, y) => x - y)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
}

test.each([1, 2, 3])(
  "with one slow server of four, p99 is at most half of round robin's, seed %i",
  { timeout: 60_000 },
  async (seed) => {
    const roundRobin = await p99Of("round-robin", seed);
    const figures = {
      roundRobin,
      leastRequest: await p99Of("least-request", seed),
      peakEwma: await p99Of("peak-ewma", seed),
    };
    console.log(
      `p99 in ms: ${JSON.stringify(figures, (_, value) => (typeof value === "number" ? Math.round(value) : value))}`,
    );
    expect(figures.leastRequest).toBeLessThanOrEqual(roundRobin / 2);
    expect(figures.peakEwma).toBeLessThanOrEqual(roundRobin / 2);
  },
);
