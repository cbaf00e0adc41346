import type { History, PartyEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { inOrder } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface AllOrNoneOptions {
  readonly parties: number;
  /** How long the store may go on counting a party that was excused: it hears of that late, or when the session ends. Default 0. */
  readonly countedMs?: number;
}

/**
 * A barrier has one verdict (the agreement of atomic commitment: Skeen, "Nonblocking commit protocols", 1981): of each generation all
 * pass, and they are as many as there are parties, or nobody does. Nobody passes before the last one has come; of a double
 * barrier, nobody has left while one that passed is still inside and has not come to leave.
 *
 * A party that nobody could tell the verdict counts for either: one that was excused, or whose process died.
 */
export function allOrNone(history: History, { parties, countedMs = 0 }: AllOrNoneOptions): readonly Violation[] {
  const ordered = inOrder(history);
  const events = ordered.filter(isPartyEvent);
  const diedAt = new Map(ordered.flatMap((event) => (event.kind === "died" ? [[event.client, event.at]] : [])));
  const ways = [...groupBy(events, ({ party }) => party).values()].map((way) => wayOf(way, diedAt));
  const generations = groupBy(
    ways.filter(({ verdict }) => verdict !== undefined),
    ({ came, verdict }) => JSON.stringify([came.name, verdict?.generation]),
  );
  const excused = ways.filter((way) => way.excusedAt !== undefined && way.verdict === undefined);
  return [...generations.values()].flatMap((generation) => judge(generation, excused, parties, countedMs));
}

/** What one party lived through. */
interface Way {
  readonly came: PartyEvent;
  readonly verdict: PartyEvent | undefined;
  /** Since when nobody could tell it. */
  readonly excusedAt: number | undefined;
  readonly leaving: PartyEvent | undefined;
  readonly left: PartyEvent | undefined;
}

function wayOf(events: readonly PartyEvent[], diedAt: ReadonlyMap<string, number>): Way {
  const find = (...kinds: readonly PartyEvent["kind"][]) => events.find(({ kind }) => kinds.includes(kind));
  const [came] = events;
  if (!came) throw new Error("a party without an event");
  return {
    came,
    verdict: find("passed", "broken"),
    excusedAt: find("excused")?.at ?? (find("declined") ? undefined : diedAt.get(came.client)),
    leaving: find("leaving"),
    left: find("left"),
  };
}

function judge(
  generation: readonly Way[],
  excused: readonly Way[],
  parties: number,
  countedMs: number,
): readonly Violation[] {
  const passed = generation.filter(({ verdict }) => verdict?.kind === "passed");
  const broken = generation.filter(({ verdict }) => verdict?.kind === "broken");
  if (passed.length === 0) return [];
  const lastCame = Math.max(...passed.map(({ came }) => came.at));
  const firstPassed = Math.min(...passed.map(({ verdict }) => verdict?.at ?? 0));
  const untold = excused.filter(
    ({ came, excusedAt = 0 }) => came.at <= firstPassed && excusedAt + countedMs >= lastCame,
  );
  const indexes = passed.map(({ verdict }) => verdict?.index);
  return [
    ...(broken.length > 0
      ? [violation("passed-and-broken", "some passed and others were told that nobody did", generation)]
      : []),
    ...(passed.length > parties ? [violation("too-many-passed", `${passed.length} of ${parties} passed`, passed)] : []),
    ...(passed.length + untold.length < parties
      ? [
          violation(
            "some-passed",
            `${passed.length} of ${parties} passed, and only ${untold.length} could not be told`,
            passed,
          ),
        ]
      : []),
    ...(lastCame > firstPassed ? [violation("passed-early", "one passed before another had come", passed)] : []),
    ...(new Set(indexes).size < indexes.length ? [violation("index-twice", "two have the same index", passed)] : []),
    ...leftEarly(passed),
  ];
}

function leftEarly(passed: readonly Way[]): readonly Violation[] {
  return passed.flatMap((way) => {
    const { left } = way;
    const inside = left ? passed.filter((other) => other !== way && (other.leaving?.at ?? left.at) > left.at) : [];
    return inside.length > 0
      ? [violation("left-early", "one had left while another was still inside", [way, ...inside])]
      : [];
  });
}

function violation(rule: string, message: string, ways: readonly Way[]): Violation {
  const name = ways[0]?.came.name ?? "";
  const generation = ways[0]?.verdict?.generation;
  return {
    rule,
    message: `"${name}", generation ${generation}: ${message}`,
    events: ways.flatMap(({ came, verdict, leaving, left }) =>
      [came, verdict, leaving, left].flatMap((event) => event ?? []),
    ),
  };
}

const kinds: readonly string[] = ["came", "passed", "broken", "declined", "excused", "leaving", "left"];

function isPartyEvent(event: History[number]): event is PartyEvent {
  return kinds.includes(event.kind);
}
