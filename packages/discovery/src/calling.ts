import { CoordError, TimeoutError } from "@coord/core";
import { assertDuration, type RecipeContext, type WaitOptions, waiting } from "@coord/core/recipe";
import { assertCount } from "./count.ts";
import type { Instance } from "./instance.ts";
import type { Pick } from "./picked.ts";
import type { PickOptions, Service } from "./service.ts";

export interface CallOptions extends Omit<PickOptions, "exclude"> {
  readonly signal?: AbortSignal | undefined;
  /** So often at most, each time on another instance while there is one. Default 1: whether a call may be repeated only the caller knows. */
  readonly attempts?: number | undefined;
  /** Whether what an attempt threw is worth another one. Default: yes. */
  readonly retryOn?: ((error: unknown) => boolean) | undefined;
  /** How long one attempt may take, in milliseconds. Default: as long as it takes. */
  readonly attemptMs?: number | undefined;
  /** How long to wait for an instance when there is none, in milliseconds. Default 1000: the length of a restart of the store. */
  readonly waitMs?: number | undefined;
}

type Work<T> = (instance: Instance, call: { readonly signal: AbortSignal }) => T | Promise<T>;

const defaultWaitMs = 1_000;

/** The loop behind `Service.call`. */
export async function calling<T>(
  context: RecipeContext,
  service: Service,
  work: Work<T>,
  options: CallOptions,
): Promise<T> {
  const { signal, attempts = 1, retryOn = () => true, key } = options;
  assertCount("attempts", attempts);
  for (const option of ["waitMs", "attemptMs"] as const) assertDuration(option, options[option]);
  const tried = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const pick = await pickAnother(service, { key, exclude: tried }, options);
    try {
      const value = await once(context, pick, work, options);
      pick.done("ok");
      return value;
    } catch (error) {
      pick.done(signal?.aborted ? "ignored" : "failed");
      if (signal?.aborted || attempt >= attempts || !retryOn(error)) throw error;
      tried.add(pick.instance.id);
    }
  }
}

/** One that was not tried yet, or, when all were, any. Waits while there is none at all. */
export async function pickAnother(
  service: Service,
  { key, exclude }: PickOptions,
  { signal, waitMs = defaultWaitMs }: WaitOptions = {},
): Promise<Pick> {
  try {
    return service.pick({ key, exclude });
  } catch (error) {
    if (!CoordError.is(error, "NO_INSTANCE")) throw error;
    if (exclude && exclude.size > 0) return pickAnother(service, { key }, { signal, waitMs });
    if (waitMs <= 0) throw error;
    await service.ready({ signal, waitMs }).catch((reason) => {
      throw CoordError.is(reason, "TIMEOUT") ? latestReason(service, error) : reason;
    });
    return service.pick({ key });
  }
}

/** Why there is nobody now, which may be something else than it was. */
function latestReason(service: Service, before: unknown): unknown {
  try {
    service.pick().done("ignored");
    return before;
  } catch (error) {
    return error;
  }
}

function once<T>(
  context: RecipeContext,
  { instance }: Pick,
  work: Work<T>,
  { signal, attemptMs }: CallOptions,
): Promise<T> {
  const timeout = () =>
    new TimeoutError(
      `The instance ${JSON.stringify(instance.id)} of ${JSON.stringify(instance.service)} did not answer within ${attemptMs} ms.`,
      {
        operation: "service.call",
        key: instance.service,
      },
    );
  return waiting(context.runtime, { signal, waitMs: attemptMs, timeout }, async (wait) => {
    return wait.race(Promise.resolve(work(instance, { signal: wait.signal })));
  });
}
