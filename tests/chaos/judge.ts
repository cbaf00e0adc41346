import {
  asSeenRunning,
  exactlyOnce,
  exclusion,
  fairness,
  fencing,
  type History,
  type HistoryEvent,
  type Violation,
} from "@coord/conformance";
import { lines } from "./programs/rounds.ts";

/** What is wrong with a history of all lines. */
export function judge(history: History): readonly Violation[] {
  return [
    ...exactlyOnce(history, { complete: true }),
    ...Object.entries(lines).flatMap(([name, { capacity }]) => judgeLine(history.filter(concerns(name)), capacity)),
  ];
}

function judgeLine(history: History, capacity: number): readonly Violation[] {
  return [
    ...exclusion(asSeenRunning(history), { capacity }),
    ...fencing(history, { capacity }),
    ...fairness(history, { capacity, callOrder: false }),
  ];
}

/** What happened at this line, to its resource, and to the processes. */
const concerns = (name: string) => (event: HistoryEvent) => {
  if ("attempt" in event) return event.name === name;
  if (event.kind === "write") return event.resource === name;
  return event.kind === "died" || event.kind === "stopped" || event.kind === "continued";
};
