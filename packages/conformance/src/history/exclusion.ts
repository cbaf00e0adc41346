import type { History } from "./events.ts";
import { type Hold, holdsOf } from "./holds.ts";
import type { Violation } from "./violation.ts";

export interface ExclusionOptions {
  /** How much may be held of one name at once: 1 for a lock, the permits of a semaphore. */
  readonly capacity?: number;
}

/**
 * Mutual exclusion (Dijkstra, "Solution of a problem in concurrent programming control", 1965; with a capacity, his
 * semaphores of 1968): at no time is more than `capacity` of a name held.
 *
 * What counts is what the holders believed. A hold lives from its grant to the first of: its signal aborted,
 * `release()` was called, its process died; or to the end of the history. Holds that touch do not overlap as long as
 * the end stands before the next grant: at the same time, the order of the events in the history decides.
 */
export function exclusion(history: History, { capacity = 1 }: ExclusionOptions = {}): readonly Violation[] {
  const alive = new Map<string, readonly Hold[]>();
  const violations: Violation[] = [];
  for (const hold of holdsOf(history)) {
    const { name } = hold.grant;
    const together = [...(alive.get(name) ?? []).filter((other) => other.until > hold.from), hold];
    alive.set(name, together);
    if (weightOf(together) > capacity) violations.push(overlap(name, together, capacity));
  }
  return violations;
}

function weightOf(holds: readonly Hold[]): number {
  return holds.reduce((sum, { grant }) => sum + (grant.weight ?? 1), 0);
}

function overlap(name: string, together: readonly Hold[], capacity: number): Violation {
  const clients = together.map(({ grant }) => grant.client).join(", ");
  return {
    rule: "overlap",
    message: `"${name}": ${weightOf(together)} held at once where ${capacity} may be, by ${clients}`,
    events: together.map(({ grant }) => grant),
  };
}
