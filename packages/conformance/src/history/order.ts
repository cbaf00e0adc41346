import type { History, HistoryEvent, HoldEvent } from "./events.ts";

/** When the event happened; for an operation, when it was called. */
export function timeOf(event: HistoryEvent): number {
  return event.kind === "operation" ? event.call : event.at;
}

/** The history by time; events of the same time stay in the order of the array. */
export function inOrder<E extends HistoryEvent>(history: readonly E[]): readonly E[] {
  return history.toSorted((a, b) => timeOf(a) - timeOf(b));
}

/** The events of the holds alone, in order. */
export function holdEvents(history: History): readonly HoldEvent[] {
  return inOrder(history.filter(isHoldEvent));
}

function isHoldEvent(event: HistoryEvent): event is HoldEvent {
  return "attempt" in event;
}
