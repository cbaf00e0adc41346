import type { DiedEvent, GrantedEvent, History, HistoryEvent, HoldEvent } from "./events.ts";
import { inOrder } from "./order.ts";

/** A hold as its holder saw it: from its grant to its own end. */
export interface Hold {
  readonly grant: GrantedEvent;
  /** The first of lost, released and the death of the process; undefined if the history shows none. */
  readonly end: HoldEvent | DiedEvent | undefined;
  /** The places of both in the ordered history; an end that is missing lies beyond all events. */
  readonly from: number;
  readonly until: number;
}

/** The holds of a history, by the order of their grants. */
export function holdsOf(history: History): readonly Hold[] {
  const ordered = inOrder(history);
  const ends = new Ends(ordered);
  return ordered.flatMap((event, from) => (event.kind === "granted" ? [ends.close(event, from)] : []));
}

/** Finds the event that ends a hold. */
class Ends {
  readonly #ordered: readonly HistoryEvent[];
  readonly #ofAttempt = new Map<string, number[]>();
  readonly #ofClient = new Map<string, number[]>();

  constructor(ordered: readonly HistoryEvent[]) {
    this.#ordered = ordered;
    ordered.forEach((event, position) => {
      if (event.kind === "lost" || event.kind === "released") add(this.#ofAttempt, event.attempt, position);
      if (event.kind === "died") add(this.#ofClient, event.client, position);
    });
  }

  close(grant: GrantedEvent, from: number): Hold {
    const until = Math.min(
      firstAfter(this.#ofAttempt.get(grant.attempt), from),
      firstAfter(this.#ofClient.get(grant.client), from),
    );
    return { grant, end: this.#ordered[until] as HoldEvent | DiedEvent | undefined, from, until };
  }
}

function add(positions: Map<string, number[]>, key: string, position: number): void {
  const known = positions.get(key);
  if (known) known.push(position);
  else positions.set(key, [position]);
}

function firstAfter(positions: readonly number[] | undefined, from: number): number {
  return positions?.find((position) => position > from) ?? Number.POSITIVE_INFINITY;
}
