import type { Goal, Judged } from "./row.ts";
import type { Spread } from "./series.ts";

const heads = ["work", "what", "ours", "other", "", "ratio", "goal", "met"];

/** The judged rows in columns. */
export function tableOf(judged: readonly Judged[]): string {
  const cells = [heads, ...judged.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? "")].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => "─".repeat(width)).join("──"), ...lines.slice(1)].join("\n");
}

function cellsOf({ row, ours, other, ratio, met }: Judged): string[] {
  return [
    row.work,
    row.what,
    shown(ours, row.unit),
    other ? shown(other, row.unit) : "",
    row.other?.name ?? "",
    ratio ? shown(ratio, "×") : "",
    row.goal ? goalOf(row.goal, ratio ? "×" : row.unit) : "",
    met === undefined ? "" : met ? "yes" : "NO",
  ];
}

/** The median, and between which values the rounds lie. */
function shown({ median, min, max }: Spread, unit: string): string {
  const range = min === max ? "" : ` (${figure(min)}–${figure(max)})`;
  return `${[figure(median), unit].join(" ").trim()}${range}`;
}

const goalOf = (goal: Goal, unit: string) =>
  "atMost" in goal ? `≤ ${goal.atMost} ${unit}`.trim() : `≥ ${goal.atLeast} ${unit}`.trim();

/** Three digits, and no more of a ratio or a count than is measured. */
const figure = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
