/** What `coord` tells the watchdog. */
export type Order =
  | {
      readonly order: "start";
      readonly command: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly untilMs: number;
    }
  /** Until when the command may run now, by the machine's clock. */
  | { readonly order: "extend"; readonly untilMs: number }
  | { readonly order: "end" };

/** What the watchdog tells `coord`. */
export type Report =
  | { readonly report: "started"; readonly group: number }
  /** No command: its file isn't there, or can't be run. */
  | { readonly report: "failed"; readonly code: string; readonly message: string }
  /** It was told to end, by the watchdog's clock or by order. */
  | { readonly report: "ending" }
  | { readonly report: "exited"; readonly code: number | null; readonly signal: NodeJS.Signals | null };
