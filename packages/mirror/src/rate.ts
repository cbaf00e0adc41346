import { UsageError } from "@coord/core";

/** Writes in a second: what a busy store does beside its other work. */
export const defaultRate = 2_000;

export function assertRate(perSecond: number): void {
  if (typeof perSecond === "number" && perSecond > 0) return;
  throw new UsageError(`\`maxWritesPerSecond\` must be a number above 0, got ${String(perSecond)}.`);
}
