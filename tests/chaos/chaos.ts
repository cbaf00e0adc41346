import { type HistoryEvent, type Violation, verdict } from "@coord/conformance";
import { Arena, type ArenaOptions } from "./arena.ts";
import { type Fault, faults, moreFaults } from "./faults.ts";
import { judge } from "./judge.ts";

export interface ChaosResult {
  readonly history: readonly HistoryEvent[];
  readonly violations: readonly Violation[];
}

/** How long to go on with faults, by the environment; without it each of the usual ones strikes once. */
const longMs = Number(process.env.COORD_CHAOS_MINUTES ?? 0) * 60_000;

/** How long a test may take. */
export const limitMs = longMs + 180_000;

/** Four processes with four workers at each line and one at each barrier, one fault after the other, and what the checkers say of it. */
export async function chaos(options: ArenaOptions, strikes: readonly Fault[] = chosen()): Promise<ChaosResult> {
  await using arena = await Arena.start(options);
  await arena.everybodyGetsOn("the start");
  const untilMs = performance.now() + longMs;
  do {
    for (const { name, strike } of strikes) {
      await strike(arena);
      await arena.everybodyGetsOn(name);
    }
  } while (performance.now() < untilMs);
  const history = await arena.finish();
  return { history, violations: judge(history, options.ttlMs) };
}

const chosen = (): readonly Fault[] => (longMs > 0 ? moreFaults : faults);

/** What is to be seen in a history for it to prove anything. */
export interface Course {
  readonly grants: number;
  readonly lost: number;
  readonly refusedWrites: number;
  /** Those who passed a barrier, and those who were told that nobody does. */
  readonly passed: number;
  readonly broken: number;
  readonly verdict: string;
}

export function courseOf({ history, violations }: ChaosResult): Course {
  const count = (matches: (event: HistoryEvent) => boolean) => history.filter(matches).length;
  return {
    grants: count(({ kind }) => kind === "granted"),
    lost: count(({ kind }) => kind === "lost"),
    refusedWrites: count((event) => event.kind === "write" && !event.accepted),
    passed: count(({ kind }) => kind === "passed"),
    broken: count(({ kind }) => kind === "broken"),
    verdict: verdict(history, violations),
  };
}
