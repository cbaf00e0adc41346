import type { History, HoldEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { holdEvents } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface ExactlyOnceOptions {
  /** The history reaches beyond the last call and the last hold, so each of them must be seen to end. */
  readonly complete?: boolean;
}

type Phase = "unasked" | "waiting" | "holding" | "over" | "declined";

/**
 * The life of one attempt. `release()` may be called again, and after a loss, at any time: it is idempotent. Everything
 * else that follows an end contradicts it.
 */
const steps: Readonly<Record<Phase, Partial<Record<HoldEvent["kind"], Phase>>>> = {
  unasked: { asked: "waiting" },
  waiting: { granted: "holding", refused: "declined", cancelled: "declined" },
  holding: { lost: "over", released: "over" },
  over: { released: "over" },
  declined: {},
};

/**
 * Every call has one outcome: the well-formed histories of Herlihy and Wing ("Linearizability", 1990), where a response
 * matches one pending invocation. An attempt is asked once, then granted or refused or cancelled, never two of them; a
 * hold ends once; nothing follows the end. In a `complete` history every call came back and every hold ended, save
 * those of a process that died.
 */
export function exactlyOnce(history: History, { complete = false }: ExactlyOnceOptions = {}): readonly Violation[] {
  const dead = new Set(history.flatMap((event) => (event.kind === "died" ? [event.client] : [])));
  return [...attemptsOf(history).values()].flatMap((events) => {
    const { phase, violations } = follow(events);
    const open = complete && !events.some(({ client }) => dead.has(client)) ? unended(phase, events) : [];
    return [...violations, ...open];
  });
}

function attemptsOf(history: History): ReadonlyMap<string, readonly HoldEvent[]> {
  return groupBy(holdEvents(history), ({ attempt }) => attempt);
}

function follow(events: readonly HoldEvent[]): { phase: Phase; violations: readonly Violation[] } {
  let phase: Phase = "unasked";
  const lived: HoldEvent[] = [];
  const violations: Violation[] = [];
  for (const event of events) {
    const next: Phase | undefined = steps[phase][event.kind];
    if (next === undefined) {
      violations.push(contradiction(phase, lived, event));
      continue;
    }
    phase = next;
    lived.push(event);
  }
  return { phase, violations };
}

function contradiction(phase: Phase, lived: readonly HoldEvent[], event: HoldEvent): Violation {
  const before = lived.map(({ kind }) => kind).join(", ") || "nothing";
  return {
    rule: ruleBroken(phase, event.kind),
    message: `attempt ${event.attempt} of ${event.client} on "${event.name}": ${event.kind} after ${before}`,
    events: [...lived, event],
  };
}

function ruleBroken(phase: Phase, kind: HoldEvent["kind"]): string {
  if (phase === "unasked") return "never-asked";
  if (kind === "asked") return "asked-twice";
  if (phase === "waiting") return "ended-without-grant";
  if (kind === "granted") return phase === "declined" ? "granted-after-end" : "granted-twice";
  if (phase === "holding") return "declined-after-grant";
  return "event-after-end";
}

function unended(phase: Phase, events: readonly HoldEvent[]): readonly Violation[] {
  const [first] = events;
  if (!first || (phase !== "waiting" && phase !== "holding")) return [];
  const [rule, what] = phase === "waiting" ? ["call-never-ended", "its call"] : ["hold-never-ended", "its hold"];
  return [
    { rule, message: `attempt ${first.attempt} of ${first.client} on "${first.name}": ${what} never ended`, events },
  ];
}
