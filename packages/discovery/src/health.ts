import { CoordError } from "@coord/core";
import { pause, type RecipeContext } from "@coord/core/recipe";
import type { InstanceStatus } from "./instance.ts";

export interface CheckContext {
  /** Aborts when the time for the answer is up, or the registration is closed. */
  readonly signal: AbortSignal;
}

/** Tells how an instance is: nothing or `passing` is well; to throw is `critical`. */
export type Check = (context: CheckContext) => unknown;

export interface HealthOptions {
  /** Asked again and again for the status. Default: the status is `passing` until `update` says something else. */
  readonly check?: Check | undefined;
  /** Between two checks, in milliseconds. Default 5000. */
  readonly checkIntervalMs?: number | undefined;
  /** How long a check may take, in milliseconds; one that takes longer is `critical`. Default: the interval. */
  readonly checkTimeoutMs?: number | undefined;
}

const defaultIntervalMs = 5_000;

/** Asks once. Never rejects. */
export async function checked(
  { runtime, logger }: RecipeContext,
  name: string,
  { check, checkIntervalMs = defaultIntervalMs, checkTimeoutMs = checkIntervalMs }: HealthOptions,
  signal: AbortSignal,
): Promise<InstanceStatus> {
  if (!check) return "passing";
  const limit = new AbortController();
  const answered = new AbortController();
  const late = pause(runtime, checkTimeoutMs, answered.signal, signal).then((): InstanceStatus => "critical");
  try {
    const answer = Promise.resolve().then(() => check({ signal: limit.signal }));
    answer.catch(() => {}); // it may come when nobody waits any more
    const status = await Promise.race([answer, late]);
    return status === "warning" || status === "critical" || status === "draining" ? status : "passing";
  } catch (error) {
    const code = CoordError.is(error) ? error.code : error instanceof Error ? error.name : typeof error;
    logger.debug({ name, error, code }, "a health check failed");
    return "critical";
  } finally {
    answered.abort("answered");
    limit.abort(new Error("The time of the health check is up."));
  }
}

/** Asks at every interval, one check after the other, and tells each answer. */
export async function checkAgain(
  context: RecipeContext,
  name: string,
  options: HealthOptions,
  signal: AbortSignal,
  tell: (status: InstanceStatus) => void,
): Promise<void> {
  if (!options.check) return;
  while (!signal.aborted) {
    await pauseInBackground(context, options.checkIntervalMs ?? defaultIntervalMs, signal);
    if (signal.aborted) return;
    const status = await checked(context, name, options, signal);
    if (!signal.aborted) tell(status);
  }
}

/** A registration alone keeps no process alive. */
function pauseInBackground({ runtime }: RecipeContext, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = runtime.timer(delayMs, end, { keepAlive: false });
    signal.addEventListener("abort", end, { once: true });
  });
}
