import { setTimeout as pause } from "node:timers/promises";
import { CheckFailed } from "./check.ts";

/** Milliseconds on the machine's monotonic clock, which is the same in all its processes. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** `1.4 s` */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Asks every few milliseconds until the answer is yes. */
export async function eventually(
  expected: string,
  look: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const untilMs = nowMs() + withinMs;
  while (!(await look())) {
    if (nowMs() > untilMs) throw new CheckFailed(expected, `not within ${seconds(withinMs)}`);
    await pause(5);
  }
}
