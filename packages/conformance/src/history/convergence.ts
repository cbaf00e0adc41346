import type { History, HistoryEvent, SeenEvent, TruthEvent, ViewEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { inOrder } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface ConvergenceOptions {
  /** The history reaches far enough beyond the last change that every view still open must show it. */
  readonly complete?: boolean;
  /** What a view shows as fresh was true at most so long ago. Left out: not checked against the truth. */
  readonly freshWithinMs?: number;
}

/**
 * Views never go back, and end on the last value: monotonic reads (Terry and others, "Session guarantees for weakly
 * consistent replicated data", 1994) and eventual consistency (Vogels 2009), per client and view.
 *
 * - A view never shows a lower version than before, stale or not; least of all as fresh.
 * - One version has one value, whoever shows it.
 * - With `freshWithinMs`: what isn't marked as stale was not superseded longer ago than that.
 * - In a `complete` history every view that was neither closed nor died with its process last showed the last truth.
 */
export function convergence(
  history: History,
  { complete = false, freshWithinMs }: ConvergenceOptions = {},
): readonly Violation[] {
  const ordered = inOrder(history);
  const truths = groupBy(ordered.filter(isTruth), ({ view }) => view);
  const followers = groupBy(ordered.filter(isOfFollower), ({ client, view }) => JSON.stringify([client, view]));
  const dead = new Set(ordered.flatMap((event) => (event.kind === "died" ? [event.client] : [])));
  return [
    ...contradictoryValues(ordered),
    ...[...followers.values()].flatMap((events) => {
      const seen = events.filter((event) => event.kind === "seen");
      const truth = truths.get(events[0]?.view ?? "") ?? [];
      return [
        ...stepsBack(seen),
        ...(freshWithinMs === undefined ? [] : staleAsFresh(seen, truth, freshWithinMs)),
        ...(complete && !events.some(({ client }) => dead.has(client)) ? unconverged(events, truth) : []),
      ];
    }),
  ];
}

function isTruth(event: HistoryEvent): event is TruthEvent {
  return event.kind === "truth";
}

function isOfFollower(event: HistoryEvent): event is SeenEvent | ViewEvent {
  return event.kind === "seen" || event.kind === "opened" || event.kind === "closed";
}

function contradictoryValues(ordered: readonly HistoryEvent[]): readonly Violation[] {
  const first = new Map<string, SeenEvent | TruthEvent>();
  const violations: Violation[] = [];
  for (const event of truthFirst(ordered)) {
    if (event.value === undefined) continue;
    const key = JSON.stringify([event.view, event.version.toString()]);
    const known = first.get(key);
    if (!known) first.set(key, event);
    else if (known.value !== event.value) violations.push(contradictory(known, event));
  }
  return violations;
}

/** A view may show a value before the test notes it as the truth; the truth is the measure all the same. */
function truthFirst(ordered: readonly HistoryEvent[]): readonly (SeenEvent | TruthEvent)[] {
  return [...ordered.filter(isTruth), ...ordered.filter((event) => event.kind === "seen")];
}

function contradictory(known: SeenEvent | TruthEvent, event: SeenEvent | TruthEvent): Violation {
  return {
    rule: "invented-value",
    message: `"${event.view}": version ${event.version} is ${JSON.stringify(known.value)} and ${JSON.stringify(event.value)}`,
    events: [known, event],
  };
}

function stepsBack(seen: readonly SeenEvent[]): readonly Violation[] {
  let highest: SeenEvent | undefined;
  let highestFresh: SeenEvent | undefined;
  const violations: Violation[] = [];
  for (const event of seen) {
    if (!event.stale && highestFresh && event.version < highestFresh.version) {
      violations.push(steppedBack("old-shown-as-fresh", highestFresh, event));
    } else if (highest && event.version < highest.version) {
      violations.push(steppedBack("view-went-back", highest, event));
    }
    if (!highest || event.version > highest.version) highest = event;
    if (!event.stale && (!highestFresh || event.version > highestFresh.version)) highestFresh = event;
  }
  return violations;
}

function steppedBack(rule: string, before: SeenEvent, event: SeenEvent): Violation {
  const how = event.stale ? "as stale" : "as fresh";
  return {
    rule,
    message: `"${event.view}" at ${event.client}: version ${event.version} ${how} after version ${before.version}`,
    events: [before, event],
  };
}

function staleAsFresh(
  seen: readonly SeenEvent[],
  truths: readonly TruthEvent[],
  freshWithinMs: number,
): readonly Violation[] {
  const newest = risingVersions(truths);
  let known = -1;
  return seen.flatMap((event) => {
    for (let next = newest[known + 1]; next && next.at <= event.at - freshWithinMs; next = newest[known + 1])
      known += 1;
    const truth = newest[known];
    if (event.stale || !truth || event.version >= truth.version) return [];
    return [
      {
        rule: "stale-as-fresh",
        message: `"${event.view}" at ${event.client}: version ${event.version} shown as fresh, version ${truth.version} is ${event.at - truth.at} ms old`,
        events: [truth, event],
      },
    ];
  });
}

/** The truths that are newer than all before them. */
function risingVersions(truths: readonly TruthEvent[]): readonly TruthEvent[] {
  let top: TruthEvent | undefined;
  return truths.filter((truth) => {
    const rises = !top || truth.version > top.version;
    if (rises) top = truth;
    return rises;
  });
}

function unconverged(events: readonly (SeenEvent | ViewEvent)[], truths: readonly TruthEvent[]): readonly Violation[] {
  const truth = truths.at(-1);
  const last = events.at(-1);
  if (!truth || !last || last.kind === "closed") return [];
  const shown = events.findLast((event) => event.kind === "seen");
  if (shown?.version === truth.version) return [];
  const end = shown ? `ends on version ${shown.version}` : "never showed anything";
  return [
    {
      rule: "never-converged",
      message: `"${truth.view}" at ${last.client} ${end}, the last version is ${truth.version}`,
      events: inOrder([shown ?? last, truth]),
    },
  ];
}
