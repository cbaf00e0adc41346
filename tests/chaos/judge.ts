import {
  allOrNone,
  asSeenRunning,
  exactlyOnce,
  exclusion,
  fairness,
  fencing,
  type History,
  type HistoryEvent,
  type Violation,
} from "@coord/conformance";
import { type BarrierName, meetings, parties } from "./programs/meetings.ts";
import { lines } from "./programs/rounds.ts";

/** What is wrong with a history of all lines and barriers, of sessions of this length. */
export function judge(history: History, ttlMs: number): readonly Violation[] {
  return [
    ...exactlyOnce(history, { complete: true }),
    ...Object.entries(lines).flatMap(([name, { capacity }]) => judgeLine(history.filter(concerns(name)), capacity)),
    ...Object.keys(meetings).flatMap((name) => judgeBarrier(history, name as BarrierName, ttlMs)),
  ];
}

function judgeLine(history: History, capacity: number): readonly Violation[] {
  return [
    ...exclusion(asSeenRunning(history), { capacity }),
    ...fencing(history, { capacity }),
    ...fairness(history, { capacity, callOrder: false }),
  ];
}

function judgeBarrier(history: History, name: BarrierName, ttlMs: number): readonly Violation[] {
  const concerned = history.filter((event) => event.kind === "died" || ("party" in event && event.name === name));
  return allOrNone(concerned, { parties, countedMs: 3 * ttlMs });
}

/** What happened at this line, to its resource, and to the processes. */
const concerns = (name: string) => (event: HistoryEvent) => {
  if ("attempt" in event) return event.name === name;
  if (event.kind === "write") return event.resource === name;
  return event.kind === "died" || event.kind === "stopped" || event.kind === "continued";
};
