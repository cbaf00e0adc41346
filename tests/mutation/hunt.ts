// Runs in a process of its own, bundled with one mutant: tells by which case or seed it is caught, if by any.
import {
  barrierCases,
  type Case,
  cyclicBarrierWorkload,
  discoveryCases,
  doubleBarrierWorkload,
  electionCases,
  electionWorkload,
  lockCases,
  mutexWorkload,
  readWriteWorkload,
  registerWorkload,
  runCase,
  semaphoreWorkload,
  severalWorkload,
  simulate,
  simulatedRig,
  storeCases,
  type Workload,
} from "@coord/conformance";
import { sessionRules } from "../rules/session-rules.ts";

const foundations: readonly Workload[] = [mutexWorkload, registerWorkload];
const recipes: readonly Workload[] = [
  readWriteWorkload,
  semaphoreWorkload,
  severalWorkload,
  electionWorkload,
  cyclicBarrierWorkload,
  doubleBarrierWorkload,
];

async function caught(): Promise<string | undefined> {
  const cases = [...storeCases, ...lockCases, ...electionCases, ...barrierCases, ...discoveryCases];
  return (
    (await caughtByRule()) ??
    (await caughtByCase(cases, [1])) ??
    (await caughtBySeed([...foundations, ...recipes], 1, 50)) ??
    (await caughtByCase(cases, [2, 3, 4, 5, 6, 7, 8])) ??
    (await caughtBySeed(foundations, 51, 400)) ??
    (await caughtBySeed(recipes, 51, 120))
  );
}

async function caughtByRule(): Promise<string | undefined> {
  for (const { title, run } of sessionRules) {
    try {
      await run();
    } catch {
      return `rule "${title}"`;
    }
  }
  return undefined;
}

async function caughtByCase(cases: readonly Case[], seeds: readonly number[]): Promise<string | undefined> {
  for (const seed of seeds) {
    for (const each of cases) {
      const rig = simulatedRig(seed);
      try {
        await rig.drive(() => runCase(each, rig), 600_000);
      } catch {
        return `case "${each.title}", seed ${seed}`;
      }
    }
  }
  return undefined;
}

async function caughtBySeed(workloads: readonly Workload[], from: number, to: number): Promise<string | undefined> {
  for (let seed = from; seed <= to; seed += 1) {
    for (const workload of workloads) {
      const { violations } = await simulate(workload, seed);
      if (violations[0]) return `seed ${seed} of ${workload.name}: ${violations[0].rule}`;
    }
  }
  return undefined;
}

/** A rejection that nobody handles is a fault too, but the case that fails with it tells more. */
let unhandled: string | undefined;
process.on("unhandledRejection", (error) => {
  unhandled ??= `unhandled ${String(error)}`;
});
process.on("uncaughtException", (error) => {
  unhandled ??= `uncaught ${String(error)}`;
});

const verdict = (await caught()) ?? unhandled ?? "survived";
process.stdout.write(`${verdict}\n`, () => process.exit(0));
