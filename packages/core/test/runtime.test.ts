import { afterEach, expect, test, vi } from "vitest";
import { systemRuntime } from "../src/runtime.ts";

const dayMs = 24 * 60 * 60_000;

afterEach(() => void vi.useRealTimers());

test("a timer may be set for longer than Node's own can be, and is cancelled at any time", () => {
  vi.useFakeTimers();
  const fired: number[] = [];
  const days = [30, 60, 61];
  const timers = days.map((each) => systemRuntime.timer(each * dayMs, () => fired.push(each)));
  vi.advanceTimersByTime(30 * dayMs - 1);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual([30]);
  timers[2]?.cancel();
  vi.advanceTimersByTime(40 * dayMs);
  expect(fired).toEqual([30, 60]);
  expect(vi.getTimerCount()).toBe(0);
});
