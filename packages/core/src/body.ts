import { LockLostError } from "./errors.ts";
import { runHolding } from "./flow.ts";
import type { Hold } from "./hold.ts";
import type { RecipeContext } from "./recipe-context.ts";
import type { Key } from "./store.ts";

/**
 * Runs a body under a hold and gives the hold back. It never resolves when the hold was lost under the body: it waits for the body
 * to end and rejects with the loss, with what the body threw besides as `suppressed`. A failing release hides nothing.
 *
 * @param linger what to wait for between the end of the body and the release
 */
export function runBody<T, H extends Hold>(
  context: RecipeContext,
  line: Key,
  hold: H,
  body: (hold: H) => T | Promise<T>,
  linger?: () => Promise<void>,
): Promise<T> {
  return context.track(Promise.resolve().then(run)); // tracked before the body begins, which may close the client

  async function run(): Promise<T> {
    try {
      hold.check();
      const outcome = await settled(() => runHolding(hold, context, line, async () => body(hold)));
      if (hold.loss) throw withSuppressed(hold.loss, outcome);
      await linger?.();
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    } finally {
      await hold.release();
    }
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

async function settled<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function withSuppressed(loss: unknown, outcome: Outcome<unknown>): unknown {
  if (loss instanceof LockLostError && "error" in outcome && outcome.error !== loss) loss.suppressed = outcome.error;
  return loss;
}
