import { UsageError } from "@coord/core";

/** @throws UsageError */
export function assertCount(option: string, value: number | undefined, least = 1): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new UsageError(`\`${option}\` must be a whole number from ${least} on, got ${String(value)}.`);
}
