import * as kit from "@coord/conformance";
import { explain, simulate, type Workload } from "@coord/conformance";
import { expect, test } from "vitest";

const which = process.env.W ?? "readWriteWorkload";
const n = Number(process.env.N ?? 200),
  from = Number(process.env.F ?? 1);
test(which, { timeout: 600_000 }, async () => {
  const workload = (kit as unknown as Record<string, Workload>)[which] as Workload;
  const t = performance.now();
  let bad = 0;
  let shown = "";
  const rules: Record<string, number> = {};
  const seeds: number[] = [];
  const kinds: Record<string, number> = {};
  for (let seed = from; seed < from + n; seed++) {
    const r = await simulate(workload, seed);
    for (const e of r.world.history) kinds[e.kind] = (kinds[e.kind] ?? 0) + 1;
    if (r.violations.length) {
      bad++;
      seeds.push(seed);
      for (const v of r.violations) rules[v.rule] = (rules[v.rule] ?? 0) + 1;
      if (!shown) shown = explain(r, workload);
    }
  }
  console.log(
    which,
    n,
    "seeds",
    Math.round(performance.now() - t),
    "ms; bad",
    bad,
    JSON.stringify(rules),
    JSON.stringify(kinds),
    seeds.slice(0, 10).join(","),
    "\n",
    shown.slice(0, 9000),
  );
  expect(bad).toBe(0);
});
