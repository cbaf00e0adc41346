import { explain, mutexWorkload, simulate } from "@coord/conformance";
import { expect, test } from "vitest";

const seeds = Number(process.env.COORD_SEEDS ?? 2_000);
const first = Number(process.env.COORD_SEED ?? 1);

test(`mutex: ${seeds} seeds`, { timeout: 300_000 }, async () => {
  const startMs = performance.now();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const result = await simulate(mutexWorkload, seed);
    if (result.violations.length > 0) expect.fail(explain(result, mutexWorkload));
  }
  console.log(`${seeds} seeds in ${Math.round(performance.now() - startMs)} ms`);
});
