import { ratios, type Series, type Spread, spreadOf } from "./series.ts";

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table. Without an `other` the goal is for our figure itself, else for its ratio to the other's. */
export interface Row {
  readonly work: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: Series;
  readonly other?: { readonly name: string; readonly values: Series };
  readonly goal?: Goal;
  /** Judged by the worst round instead of the median one. */
  readonly always?: boolean;
}

export interface Judged {
  readonly row: Row;
  readonly ours: Spread;
  readonly other: Spread | undefined;
  readonly ratio: Spread | undefined;
  /** `undefined` where there is no goal. */
  readonly met: boolean | undefined;
}

export function judge(row: Row): Judged {
  const { ours, other, goal, always = false } = row;
  const ratio = other && spreadOf(ratios(ours, other.values));
  const own = spreadOf(ours);
  return {
    row,
    ours: own,
    other: other && spreadOf(other.values),
    ratio,
    met: goal && meets(ratio ?? own, goal, always),
  };
}

function meets({ median, min, max }: Spread, goal: Goal, always: boolean): boolean {
  return "atMost" in goal ? (always ? max : median) <= goal.atMost : (always ? min : median) >= goal.atLeast;
}
