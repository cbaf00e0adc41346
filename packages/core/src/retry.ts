import pRetry from "p-retry";
import { onAbort } from "./abort.ts";
import { CoordError } from "./errors.ts";
import { rejecting } from "./rejecting.ts";
import type { Runtime } from "./runtime.ts";

export interface RetryOptions {
  /** Whether to go on after this error. Default: while the error is `retryable`. */
  readonly when?: (error: unknown) => boolean;
  /** Ends the pause between two attempts at once, and the loop with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  readonly retries?: number;
}

const firstPauseMs = 20;
const longestPauseMs = 2_000;

/** The errors of attempts that may be repeated where repeating is harmless: unavailable, and for idempotent work also unknown. */
export const isTransient = (error: unknown): boolean => CoordError.is(error, "UNAVAILABLE", "UNKNOWN_OUTCOME");

/**
 * The one retry loop: exponential pauses with full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter",
 * 2015). The pauses are ours, on the clock passed in; p-retry counts and decides, once a first attempt has failed. What an
 * attempt throws reaches `when` and the caller as it is, and an abort between two attempts as the signal's own reason.
 */
export function retry<T>(
  runtime: Runtime,
  attempt: () => Promise<T>,
  options: RetryOptions | (() => RetryOptions) = {},
): Promise<T> {
  return rejecting(attempt).catch((error) =>
    goOn(runtime, attempt, typeof options === "function" ? options() : options, error),
  );
}

/** After a first failure. Only now the options are made, where making them costs: most attempts need none of them. */
async function goOn<T>(
  runtime: Runtime,
  attempt: () => Promise<T>,
  options: RetryOptions,
  failure: unknown,
): Promise<T> {
  const {
    when = (error) => CoordError.is(error) && error.retryable,
    signal,
    retries = Number.POSITIVE_INFINITY,
  } = options;
  const pauseBefore = async (error: unknown, failures: number): Promise<boolean> => {
    if (!when(error)) return false;
    const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 16));
    await pause(runtime, longestMs * runtime.random(), signal);
    return true;
  };
  const again = () => {
    signal?.throwIfAborted();
    return attempt();
  };
  if (retries < 1 || !(await pauseBefore(failure, 1))) throw failure;
  return unwrapped(
    pRetry(() => wrapped(again), {
      retries: retries - 1,
      minTimeout: 0,
      maxTimeout: 0,
      shouldRetry: ({ error, attemptNumber }) => !signal?.aborted && pauseBefore(error.cause, attemptNumber + 1),
    }),
  );
}

/** p-retry has ideas of its own about some errors; in this wrapping they all look alike to it. */
const wrapped = <T>(attempt: () => Promise<T>): Promise<T> =>
  Promise.resolve()
    .then(attempt)
    .catch((cause) => {
      throw new Error("an attempt failed", { cause });
    });

const unwrapped = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: Error) => {
    throw error.cause;
  });

/** Resolves after `delayMs`, or at once when one of the signals aborts. */
export function pause(
  runtime: Runtime,
  delayMs: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  return new Promise((resolve) => {
    if (delayMs <= 0 || signals.some((signal) => signal?.aborted)) return resolve();
    const end = () => {
      timer.cancel();
      for (const leave of leaves) leave();
      resolve();
    };
    const timer = runtime.timer(delayMs, end);
    const leaves = signals.map((signal) => onAbort(signal, end));
  });
}
