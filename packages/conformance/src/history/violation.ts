import type { HistoryEvent } from "./events.ts";

/** A rule that the history breaks, and the events which show it. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly events: readonly HistoryEvent[];
}
