import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks"; // the global of this name is a getter, which is noticed where time is asked for so often

/** A timer that was set; `cancel` after it has fired does nothing. */
export interface Timer {
  cancel(): void;
}

export interface TimerOptions {
  /** Whether the timer keeps the process alive: yes for what a caller waits for, no for background work. Default `true`. */
  readonly keepAlive?: boolean;
}

/**
 * What the library takes from the process it runs in: time, timers and chance. All of it is passed in,
 * so that a simulation decides each of them and a failing run can be played again.
 */
export interface Runtime {
  /** Monotonic time in milliseconds. The only clock that decides anything. */
  now(): number;
  /** Wall-clock time in milliseconds since 1970: shown to people, never compared. */
  wallClock(): number;
  timer(delayMs: number, fire: () => void, options?: TimerOptions): Timer;
  /** Evenly spread in [0, 1): jitter. */
  random(): number;
  /** A name that nobody else ever makes: the ticket by which a retry finds its own. */
  uniqueId(): string;
}

/** The longest delay that Node's timers take, some 25 days; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Node's own clock and timers. `performance.now()` doesn't count the time in which the whole machine is suspended:
 * after a suspend only the fencing token protects (see the guarantees).
 */
export const systemRuntime: Runtime = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  timer(delayMs, fire, { keepAlive = true } = {}) {
    if (delayMs > longestDelayMs) return longTimer(delayMs, fire, keepAlive);
    const handle = setTimeout(fire, Math.max(0, Math.ceil(delayMs)));
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  random: () => Math.random(),
  uniqueId: () => randomUUID(),
};

/** One after the other, each for as long as one can be. */
function longTimer(delayMs: number, fire: () => void, keepAlive: boolean): Timer {
  const rest = delayMs - longestDelayMs;
  const next = () => {
    timer = systemRuntime.timer(rest, fire, { keepAlive });
  };
  let timer = systemRuntime.timer(longestDelayMs, next, { keepAlive });
  return { cancel: () => timer.cancel() };
}
