import type { EntryEvent, History, HistoryEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { type Hold, holdsOf } from "./holds.ts";
import { inOrder } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface LossBeforeGrant {
  readonly violations: readonly Violation[];
  /**
   * The shortest time from a hold's signal to the store's admission of the next entry, over all holds that were lost.
   * Negative if a signal came too late, undefined if no lost hold was followed by an admission.
   */
  readonly minMarginMs: number | undefined;
}

interface Placed {
  readonly event: EntryEvent;
  readonly position: number;
}

/**
 * A holder knows of its loss before the store can give the name away: the property of leases (Gray and Cheriton,
 * "Leases", 1989) that a holder's own clock ends a lease no later than the server's. Stricter than exclusion, which
 * only compares what the clients believed: here the store is the one who knows.
 *
 * - When the store admits an entry, every hold of that name with a lower token has ended at its holder.
 * - No entry is granted to its client after the store has removed it.
 *
 * For names that one holder has at a time. Nothing tells a holder *before* somebody revokes its session from outside,
 * so this is not for histories in which that is done.
 */
export function lossBeforeGrant(history: History): LossBeforeGrant {
  const entries = inOrder(history).flatMap((event, position) => (isEntryEvent(event) ? [{ event, position }] : []));
  const overtaken = successions(holdsOf(history), entries);
  const margins = overtaken.flatMap(({ hold, next }) =>
    hold.end?.kind === "lost" ? [next.event.at - hold.end.at] : [],
  );
  return {
    violations: [...overtaken.flatMap(admittedTooEarly), ...grantedTooLate(holdsOf(history), entries)],
    minMarginMs: margins.length > 0 ? margins.reduce((a, b) => Math.min(a, b)) : undefined,
  };
}

function isEntryEvent(event: HistoryEvent): event is EntryEvent {
  return event.kind === "admitted" || event.kind === "removed";
}

interface Succession {
  readonly hold: Hold;
  /** The first admission of an entry behind the hold's own. */
  readonly next: Placed;
}

function successions(holds: readonly Hold[], entries: readonly Placed[]): readonly Succession[] {
  const admissions = groupBy(
    entries.filter(({ event }) => event.kind === "admitted"),
    ({ event }) => event.name,
  );
  const ofName = groupBy(holds, ({ grant }) => grant.name);
  return [...ofName].flatMap(([name, held]) => firstBehind(held, admissions.get(name) ?? []));
}

/** Both by falling token: the admissions behind a hold are those met so far. */
function firstBehind(holds: readonly Hold[], admissions: readonly Placed[]): readonly Succession[] {
  const left = admissions.toSorted((a, b) => compare(a.event.token, b.event.token));
  let next: Placed | undefined;
  return holds
    .toSorted((a, b) => compare(b.grant.token, a.grant.token))
    .flatMap((hold) => {
      for (let last = left.at(-1); last && last.event.token > hold.grant.token; last = left.at(-1)) {
        if (!next || last.position < next.position) next = last;
        left.pop();
      }
      return next ? [{ hold, next }] : [];
    });
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function admittedTooEarly({ hold, next }: Succession): readonly Violation[] {
  if (hold.until < next.position) return [];
  const { client, name, token } = hold.grant;
  const late = hold.end ? `ended ${(hold.end.at - next.event.at).toFixed(3)} ms later` : "never ended";
  return [
    {
      rule: "admitted-before-loss",
      message: `"${name}": token ${next.event.token} was admitted, and the hold of ${client} with token ${token} ${late}`,
      events: [hold.grant, next.event, ...(hold.end ? [hold.end] : [])],
    },
  ];
}

function grantedTooLate(holds: readonly Hold[], entries: readonly Placed[]): readonly Violation[] {
  const removed = new Map<string, Placed>();
  for (const placed of entries) if (placed.event.kind === "removed") removed.set(identity(placed.event), placed);
  return holds.flatMap(({ grant, from }) => {
    const gone = removed.get(identity(grant));
    if (!gone || gone.position > from) return [];
    return [
      {
        rule: "granted-after-removal",
        message: `"${grant.name}": token ${grant.token} was granted to ${grant.client} after the store removed its entry`,
        events: [gone.event, grant],
      },
    ];
  });
}

function identity({ name, token }: { readonly name: string; readonly token: bigint }): string {
  return JSON.stringify([name, token.toString()]);
}
