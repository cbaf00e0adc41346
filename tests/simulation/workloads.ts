import { explain, simulate, type Workload } from "@coord/conformance";
import { expect } from "vitest";

/** To play a seed again: COORD_SEED=1234 COORD_SEEDS=1. */
const first = Number(process.env.COORD_SEED ?? 1);
const limit = Number(process.env.COORD_SEEDS ?? Number.POSITIVE_INFINITY);

/** Fails with the schedule of the first seed that shows a violation. */
export async function simulateSeeds(workload: Workload, from: number, count: number): Promise<void> {
  const startMs = performance.now();
  const seeds = Math.min(count, limit);
  for (let seed = first + from; seed < first + from + seeds; seed += 1) {
    const result = await simulate(workload, seed);
    if (result.violations.length > 0) expect.fail(explain(result, workload));
  }
  console.log(`${workload.name}: ${seeds} seeds in ${Math.round(performance.now() - startMs)} ms`);
}
