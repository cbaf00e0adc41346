/** One figure of each round, in the order of the rounds. */
export type Series = readonly number[];

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which this part of them lies. */
export function quantile(values: Series, part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export const p50 = (values: Series): number => quantile(values, 0.5);

export const spreadOf = (values: Series): Spread => ({
  median: p50(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Round by round, so that what slowed both of a round slows neither in the ratio. */
export const ratios = (ours: Series, theirs: Series): Series =>
  ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
