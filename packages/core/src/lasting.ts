import { CoordError } from "./errors.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { pause } from "./retry.ts";
import type { StoreOptions } from "./store.ts";

const firstPauseMs = 200;
const longestPauseMs = 10_000;

export interface LastingOptions extends StoreOptions {
  /** Told of each failure; it is tried again. */
  readonly failed: (error: unknown) => void;
}

/**
 * A view of the store that doesn't end when the store refuses it, as it ends a view for good: a right that was withdrawn comes back,
 * a credential is renewed. What was seen last is stale then, and the view is opened again, after a pause, until its signal aborts or the
 * client is closed.
 *
 * @throws ClosedError where the client was closed before; UsageError where there can't be such a view
 */
export async function* lasting<T extends { readonly stale: boolean }>(
  { runtime }: Pick<RecipeContext, "runtime">,
  open: () => AsyncIterable<T>,
  { signal, failed }: LastingOptions,
): AsyncGenerator<T, void, undefined> {
  let last: T | undefined;
  for (let failures = 0; !signal?.aborted; failures += 1) {
    try {
      for await (const seen of open()) {
        failures = 0;
        last = seen;
        yield seen;
      }
      return;
    } catch (error) {
      if (CoordError.is(error, "CLOSED", "USAGE")) throw error;
      failed(error);
      if (last && !last.stale) yield { ...last, stale: true };
      await pause(runtime, Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 16)), signal);
    }
  }
}
