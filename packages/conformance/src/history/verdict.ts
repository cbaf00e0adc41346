import type { History, HistoryEvent, RegisterCall, RegisterOutcome } from "./events.ts";
import { inOrder, timeOf } from "./order.ts";
import type { Violation } from "./violation.ts";

export interface VerdictOptions {
  /** How many events are shown before and after each that the violation names. */
  readonly around?: number;
  /** How many violations are shown in full; the others are counted. */
  readonly most?: number;
}

/** The violations in words, each with its events, marked `>`, and those around them. */
export function verdict(
  history: History,
  violations: readonly Violation[],
  { around = 2, most = 10 }: VerdictOptions = {},
): string {
  if (violations.length === 0) return `no violation in ${counted(history.length, "event")}`;
  const ordered = inOrder(history);
  const shown = violations.slice(0, most).map((violation, index) => {
    const heading = `${index + 1}. ${violation.rule}: ${violation.message}`;
    return [heading, ...excerpt(ordered, violation, around)].join("\n");
  });
  const rest = violations.length - shown.length;
  const summary = `${counted(violations.length, "violation")} in ${counted(history.length, "event")}`;
  return [summary, ...shown, ...(rest > 0 ? [`… and ${counted(rest, "more violation")}`] : [])].join("\n\n");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function excerpt(ordered: History, violation: Violation, around: number): readonly string[] {
  const named = new Set(violation.events);
  const near = new Set<number>();
  ordered.forEach((event, position) => {
    if (!named.has(event)) return;
    for (let other = position - around; other <= position + around; other += 1) near.add(other);
  });
  const lines: string[] = [];
  let last = -1;
  ordered.forEach((event, position) => {
    if (!near.has(position)) return;
    if (position > last + 1) lines.push("     …");
    lines.push(`   ${named.has(event) ? ">" : " "} ${describeEvent(event)}`);
    last = position;
  });
  if (last < ordered.length - 1) lines.push("     …");
  return lines;
}

/** The event in one line. */
export function describeEvent(event: HistoryEvent): string {
  const time = timeOf(event).toFixed(3).padStart(12);
  const who = "client" in event ? event.client : "store";
  return `${time} ${who.padEnd(10)} ${event.kind.padEnd(9)} ${detailsOf(event)}`.trimEnd();
}

function detailsOf(event: HistoryEvent): string {
  switch (event.kind) {
    case "operation":
      return `${event.key} ${describeCall(event.op)} -> ${describeOutcome(event.outcome)} ${describeReturn(event.return)}`;
    case "write":
      return `${event.resource} token=${event.token} ${event.accepted ? "accepted" : "rejected"}`;
    case "died":
    case "stopped":
    case "continued":
      return "";
    case "opened":
    case "closed":
      return event.view;
    case "seen":
      return `${event.view} version=${event.version}${event.stale ? " stale" : ""}${quoted(" value=", event.value)}`;
    case "truth":
      return `${event.view} version=${event.version}${quoted(" value=", event.value)}`;
    case "admitted":
    case "removed":
      return `${event.name} token=${event.token}`;
    case "came":
    case "passed":
    case "broken":
    case "declined":
    case "excused":
    case "leaving":
    case "left":
      return `${event.name} party=${event.party}${plain(" generation=", event.generation?.toString())}${plain(" index=", event.index?.toString())}`;
    case "granted":
      return `${event.name} attempt=${event.attempt} token=${event.token}${plain(" weight=", event.weight?.toString())}`;
    default:
      return `${event.name} attempt=${event.attempt}${event.token === undefined ? "" : ` token=${event.token}`}`;
  }
}

function describeCall(op: RegisterCall): string {
  const condition = "expected" in op || "version" in op ? [quoted("if ", op.expected), plain("at ", op.version)] : [];
  const parts = ["value" in op ? JSON.stringify(op.value) : "", ...condition].filter((part) => part !== "");
  return `${op.type}(${parts.join(" ")})`;
}

function describeOutcome(outcome: RegisterOutcome): string {
  if (outcome.type !== "ok") return outcome.type;
  return `ok${quoted(" ", outcome.value)}${plain(" at ", outcome.version)}`;
}

function describeReturn(time: number | undefined): string {
  return time === undefined ? "(never returned)" : `(returned ${time.toFixed(3)})`;
}

function quoted(label: string, value: string | undefined): string {
  return value === undefined ? "" : label + JSON.stringify(value);
}

function plain(label: string, value: string | undefined): string {
  return value === undefined ? "" : label + value;
}
