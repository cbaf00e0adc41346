import { CoordError } from "./errors.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { isTransient, retry } from "./retry.ts";
import type { Bytes, Entry, Key, StoreSession } from "./store.ts";

export interface ReviseOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether to go on after a failed attempt. Default: always. */
  readonly when?: (() => boolean) | undefined;
  /** What the entry is bound to, if it has to be made. Default: nothing. */
  readonly session?: StoreSession | undefined;
}

/**
 * Changes one entry by compare-and-set: reads it, asks what it should be, writes that if nobody was faster, else begins
 * anew. `undefined` leaves it as it is. Whose answer was lost reads again, so `change` must know its own work when it
 * sees it; an attempt that arrives late finds another version and does nothing. Resolves with the entry as it then is.
 */
export function revise(
  { store, runtime }: RecipeContext,
  key: Key,
  change: (now: Entry | undefined) => Bytes | undefined,
  { signal, when = () => true, session }: ReviseOptions = {},
): Promise<Entry | undefined> {
  const attempt = async () => {
    const now = await store.get(key);
    const value = change(now);
    if (value === undefined) return now;
    const write = now ? { update: now, value } : { create: key, value, session };
    return (await store.commit({ writes: [write] })).entries[0];
  };
  const again = (error: unknown) => (isTransient(error) || CoordError.is(error, "CONFLICT")) && when();
  return retry(runtime, attempt, { signal, when: again });
}
