import type { EntryEvent, GrantedEvent, History, HoldEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { holdEvents, inOrder } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface FairnessOptions {
  /** How much may be held of one name at once. With more than 1, clients learn of their grants in any order. */
  readonly capacity?: number;
  /**
   * Whether the calls of one client keep their order. Not so for calls that stand in line anew after a lost session.
   */
  readonly callOrder?: boolean;
}

/**
 * First come, first served (Lamport, "A new solution of Dijkstra's concurrent programming problem", 1974): the token is
 * the place in the line, and
 *
 * - the store admits in the order of tokens;
 * - where one holds at a time, clients are granted in the order of tokens;
 * - of two calls of one client on one name, both granted, the earlier one has the lower token.
 *
 * Calls that were cancelled or refused left the line, and count for nothing.
 */
export function fairness(
  history: History,
  { capacity = 1, callOrder = true }: FairnessOptions = {},
): readonly Violation[] {
  const events = holdEvents(history);
  const grants = events.filter((event) => event.kind === "granted");
  const admissions = inOrder(history).flatMap((event) => (event.kind === "admitted" ? [event] : []));
  return [
    ...overtaking("admitted-out-of-order", "was admitted", byName(admissions)),
    ...(capacity === 1 ? overtaking("granted-out-of-order", "was granted", byName(grants)) : []),
    ...(callOrder ? overtaking("called-out-of-order", "belongs to a call made", byCaller(events)) : []),
  ];
}

function byName<E extends GrantedEvent | EntryEvent>(events: readonly E[]): readonly (readonly E[])[] {
  return [...groupBy(events, ({ name }) => name).values()];
}

/** The grants of each client and name, in the order of their calls. */
function byCaller(events: readonly HoldEvent[]): readonly (readonly GrantedEvent[])[] {
  const grants = new Map(events.flatMap((event) => (event.kind === "granted" ? [[event.attempt, event]] : [])));
  const asked = events.filter(({ kind }) => kind === "asked");
  const callers = groupBy(asked, ({ client, name }) => JSON.stringify([client, name]));
  return [...callers.values()].map((calls) => calls.flatMap(({ attempt }) => grants.get(attempt) ?? []));
}

function overtaking(
  rule: string,
  what: string,
  lines: readonly (readonly (GrantedEvent | EntryEvent)[])[],
): readonly Violation[] {
  return lines.flatMap((line) => {
    let highest = line[0];
    const violations: Violation[] = [];
    for (const event of line) {
      if (!highest || event.token >= highest.token) highest = event;
      else violations.push({ rule, message: overtook(what, highest, event), events: [highest, event] });
    }
    return violations;
  });
}

function overtook(what: string, ahead: GrantedEvent | EntryEvent, event: GrantedEvent | EntryEvent): string {
  return `"${event.name}": token ${ahead.token} ${what} before token ${event.token}, which stood ahead of it in the line`;
}
