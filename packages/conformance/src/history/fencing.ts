import type { GrantedEvent, History, HoldEvent, WriteEvent } from "./events.ts";
import { holdEvents, inOrder } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface FencingOptions {
  /**
   * How much may be held of one name at once. With 1, each grant must carry a higher token than every grant before it.
   * With more, holds are granted side by side and their clients learn of it in any order; then a grant must carry a
   * higher token than those that came before its call.
   */
  readonly capacity?: number;
}

/**
 * Fencing tokens (Kleppmann, "How to do distributed locking", 2016; the sequencers of Burrows, "The Chubby lock
 * service", 2006): per name no token is granted twice, and tokens rise strictly in the real-time order of the grants
 * (Herlihy and Wing 1990: what returned before the other was called stands before it). A resource that checks tokens
 * never accepts a write with a lower token than one it accepted before.
 */
export function fencing(history: History, { capacity = 1 }: FencingOptions = {}): readonly Violation[] {
  const events = holdEvents(history);
  return [...reusedTokens(events), ...fallingTokens(events, capacity), ...staleWrites(history)];
}

function reusedTokens(events: readonly HoldEvent[]): readonly Violation[] {
  const first = new Map<string, GrantedEvent>();
  const violations: Violation[] = [];
  for (const event of events) {
    if (event.kind !== "granted") continue;
    const key = JSON.stringify([event.name, event.token.toString()]);
    const before = first.get(key);
    if (before) violations.push(reused(before, event));
    else first.set(key, event);
  }
  return violations;
}

function reused(before: GrantedEvent, event: GrantedEvent): Violation {
  return {
    rule: "token-reused",
    message: `"${event.name}": token ${event.token} was granted twice`,
    events: [before, event],
  };
}

function fallingTokens(events: readonly HoldEvent[], capacity: number): readonly Violation[] {
  const highest = new Map<string, GrantedEvent>();
  const highestWhenAsked = new Map<string, GrantedEvent | undefined>();
  const violations: Violation[] = [];
  for (const event of events) {
    if (event.kind === "asked") highestWhenAsked.set(event.attempt, highest.get(event.name));
    if (event.kind !== "granted") continue;
    const top = highest.get(event.name);
    const sideBySide = capacity > 1 && highestWhenAsked.has(event.attempt);
    const before = sideBySide ? highestWhenAsked.get(event.attempt) : top;
    if (before && event.token < before.token) violations.push(fell(before, event));
    if (!top || event.token > top.token) highest.set(event.name, event);
  }
  return violations;
}

function fell(before: GrantedEvent, event: GrantedEvent): Violation {
  return {
    rule: "token-fell",
    message: `"${event.name}": token ${event.token} was granted after token ${before.token}`,
    events: [before, event],
  };
}

function staleWrites(history: History): readonly Violation[] {
  const highest = new Map<string, WriteEvent>();
  const violations: Violation[] = [];
  for (const event of inOrder(history)) {
    if (event.kind !== "write" || !event.accepted) continue;
    const before = highest.get(event.resource);
    if (before && event.token < before.token) violations.push(stale(before, event));
    else highest.set(event.resource, event);
  }
  return violations;
}

function stale(before: WriteEvent, event: WriteEvent): Violation {
  return {
    rule: "stale-write-accepted",
    message: `"${event.resource}" accepted token ${event.token} of ${event.client} after token ${before.token}`,
    events: [before, event],
  };
}
