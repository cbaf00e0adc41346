import { type Violation, verdict } from "../history/index.ts";
import { type Fault, natural, trouble, withOperator } from "./faults.ts";
import { World } from "./world.ts";

/** What a recipe does in a simulation, and how to tell whether it did it right. */
export interface Workload {
  readonly name: string;
  /** The workers of the clients that are there; each ends by itself. */
  start(world: World): readonly Promise<void>[];
  /** What the history shows to be wrong. `operator`: sessions were ended from outside, so no client could know beforehand. */
  judge(world: World, circumstances: { readonly operator: boolean }): readonly Violation[];
  /** What must not be left in the store once all is well and the workers have ended, by key. */
  leftovers(world: World): readonly string[];
}

export interface SimulationResult {
  readonly seed: number;
  readonly world: World;
  readonly violations: readonly Violation[];
}

const clientCount = 3;
const troubleMs = 15_000;
/** After all is well again every worker must come to its end within this time. */
const patienceMs = 120_000;

/**
 * Runs a workload under the faults that the seed decides, in virtual time. The same seed gives the same course of
 * events to the last message.
 */
export async function simulate(workload: Workload, seed: number): Promise<SimulationResult> {
  const world = new World(seed);
  const operator = seed % 3 === 0;
  const faults: readonly [Fault, ...Fault[]] = operator ? withOperator : natural;
  const violations: Violation[] = [];
  try {
    await world.time.drive(() => run(world, workload, faults), troubleMs + patienceMs);
  } catch (error) {
    violations.push({ rule: "liveness", message: String(error), events: [] });
  }
  violations.push(...workload.judge(world, { operator }));
  return { seed, world, violations };
}

async function run(world: World, workload: Workload, faults: readonly [Fault, ...Fault[]]): Promise<void> {
  for (let index = 1; index <= clientCount; index += 1) await world.addClient(`client-${index}`);
  trouble(world, faults, troubleMs);
  await Promise.all(workload.start(world));
  await nothingLeft(world, workload);
  await Promise.all(world.clients.map(({ coord }) => coord.close()));
  world.stopObserving();
  await inTime(world, 15_000, () =>
    world.server.subscriptionCount > 0 ? `${world.server.subscriptionCount} subscriptions` : undefined,
  );
}

/** Everything that was given up is gone from the store soon after the trouble is over. */
async function nothingLeft(world: World, workload: Workload): Promise<void> {
  const healedMs = Math.max(0, troubleMs + 3 * world.ttlMs - world.nowMs);
  await inTime(world, healedMs + 20_000, () => workload.leftovers(world).join(", ") || undefined);
}

async function inTime(world: World, limitMs: number, left: () => string | undefined): Promise<void> {
  const untilMs = world.nowMs + limitMs;
  while (left() !== undefined) {
    if (world.nowMs > untilMs) throw new Error(`left in the store: ${left()}`);
    await new Promise<void>((resolve) => void world.time.in(50, resolve));
  }
}

/** The result in words: how to play it again, what was done to whom, what was wrong. */
export function explain({ seed, world, violations }: SimulationResult, workload: Workload): string {
  return [
    `${workload.name}, seed ${seed}, ttl ${world.ttlMs} ms`,
    "",
    "schedule:",
    ...world.schedule,
    "",
    verdict(world.history, violations),
  ].join("\n");
}
