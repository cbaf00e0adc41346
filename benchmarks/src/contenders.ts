import type { Enter } from "./arena.ts";
import { nowUs } from "./clock.ts";
import type { Series } from "./series.ts";

/** One time that a contender had its turn; moments in microseconds of the clock that all processes share. */
export interface Grant {
  readonly order: bigint;
  readonly askedAtUs: number;
  /** When it was let in and, at once, began to leave. */
  readonly runningAtUs: number;
}

/** So many contenders, each of which asks again as soon as it has given its turn away. */
export async function contend(enter: Enter, contenders: number, turnsEach: number): Promise<Grant[]> {
  const all = await Promise.all(Array.from({ length: contenders }, () => contender(enter, turnsEach)));
  return all.flat();
}

async function contender(enter: Enter, turns: number): Promise<Grant[]> {
  const grants: Grant[] = [];
  while (grants.length < turns) {
    const askedAtUs = nowUs();
    const { order, leave } = await enter();
    const runningAtUs = nowUs();
    await leave();
    grants.push({ order, askedAtUs, runningAtUs });
  }
  return grants;
}

/** From each release to the next one running, in microseconds, where the next one had asked before. */
export function handOvers(grants: readonly Grant[]): Series {
  const inOrder = [...grants].sort((a, b) => (a.order < b.order ? -1 : 1));
  return inOrder.slice(1).flatMap((next, index) => {
    const before = inOrder[index];
    if (!before || next.askedAtUs > before.runningAtUs) return [];
    if (next.runningAtUs < before.runningAtUs) throw new Error(`out of its turn: ${next.order}`);
    return [next.runningAtUs - before.runningAtUs];
  });
}
