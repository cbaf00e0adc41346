// Runs in a process of its own, bundled with one mutant: tells by which case or seed it is caught, if by any.
import {
  type Case,
  configWorkload,
  cyclicBarrierWorkload,
  discoveryWorkload,
  doubleBarrierWorkload,
  electionWorkload,
  mapWorkload,
  mutexWorkload,
  readWriteWorkload,
  recipeCases,
  registerWorkload,
  runCase,
  semaphoreWorkload,
  severalWorkload,
  simulate,
  simulatedRig,
  storeCases,
  type Workload,
} from "@coord/conformance";
import { type Rule, sessionRules } from "../rules/session-rules.ts";
import type { Errand, Verdict } from "./verdict.ts";

const cases: readonly Case[] = [...storeCases, ...recipeCases];
const foundations: readonly Workload[] = [mutexWorkload, registerWorkload];
const recipes: readonly Workload[] = [
  readWriteWorkload,
  semaphoreWorkload,
  severalWorkload,
  electionWorkload,
  cyclicBarrierWorkload,
  doubleBarrierWorkload,
  mapWorkload,
  configWorkload,
  discoveryWorkload,
];

async function caught({ first, only }: Errand): Promise<Verdict | undefined> {
  const known = await firstOf(first, again);
  if (known || only) return known;
  return (
    (await firstOf(sessionRules, byRule)) ??
    (await byCases([1])) ??
    (await bySeeds([...foundations, ...recipes], 1, 50)) ??
    (await byCases([2, 3, 4, 5, 6, 7, 8])) ??
    (await bySeeds(foundations, 51, 400)) ??
    (await bySeeds(recipes, 51, 120))
  );
}

/** Whether what caught it the last time does so still; what has another name by now is looked for anew. */
async function again(verdict: Verdict): Promise<Verdict | undefined> {
  if (verdict.by === "rule") {
    const rule = sessionRules.find(({ title }) => title === verdict.title);
    return rule && byRule(rule);
  }
  if (verdict.by === "case") {
    const found = cases.find(({ title }) => title === verdict.title);
    return found && byCase(found, verdict.seed);
  }
  if (verdict.by === "seed") {
    const workload = [...foundations, ...recipes].find(({ name }) => name === verdict.workload);
    return workload && bySeed(workload, verdict.seed);
  }
  return undefined;
}

async function byRule({ title, run }: Rule): Promise<Verdict | undefined> {
  try {
    await run();
    return undefined;
  } catch {
    return { by: "rule", title };
  }
}

async function byCase(each: Case, seed: number): Promise<Verdict | undefined> {
  const rig = simulatedRig(seed);
  try {
    await rig.drive(() => runCase(each, rig), 600_000);
    return undefined;
  } catch {
    return { by: "case", title: each.title, seed };
  }
}

async function bySeed(workload: Workload, seed: number): Promise<Verdict | undefined> {
  const { violations } = await simulate(workload, seed);
  const violation = violations[0];
  return violation && { by: "seed", workload: workload.name, seed, rule: violation.rule };
}

const byCases = (seeds: readonly number[]) => firstOf(seeds, (seed) => firstOf(cases, (each) => byCase(each, seed)));

function bySeeds(workloads: readonly Workload[], from: number, to: number): Promise<Verdict | undefined> {
  const seeds = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return firstOf(seeds, (seed) => firstOf(workloads, (workload) => bySeed(workload, seed)));
}

async function firstOf<T>(
  all: readonly T[],
  look: (each: T) => Promise<Verdict | undefined>,
): Promise<Verdict | undefined> {
  for (const each of all) {
    const verdict = await look(each);
    if (verdict) return verdict;
  }
  return undefined;
}

/** A rejection that nobody handles is a fault too, but the case that fails with it tells more. */
let crash: Verdict | undefined;
process.on("unhandledRejection", (error) => {
  crash ??= { by: "crash", error: `unhandled ${String(error)}` };
});
process.on("uncaughtException", (error) => {
  crash ??= { by: "crash", error: `uncaught ${String(error)}` };
});

const errand: Errand = JSON.parse(process.argv[2] ?? "");
const verdict = (await caught(errand)) ?? crash ?? null;
process.stdout.write(`\n${JSON.stringify(verdict)}\n`, () => process.exit(0));
