import { traced } from "./diagnostics.ts";
import { isTransient, retry } from "./retry.ts";
import type { Runtime } from "./runtime.ts";
import type { Store } from "./store.ts";

/** The part of a store that an application uses; sessions and lines are the client's and the recipes'. */
export type ClientStore = Pick<Store, "traits" | "get" | "list" | "directories" | "commit" | "watch">;

const retries = 4;

/**
 * The store as `coord.store` offers it: reads are repeated a few times while the store is out of reach, and a commit
 * only where it is certain that it has not happened. What can't be settled stays an `UnknownOutcomeError`.
 */
export function patient(store: Store, runtime: Runtime): ClientStore {
  const reading = <T>(verb: string, key: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> =>
    traced("store.operation", { verb, key }, () => retry(runtime, read, { signal, retries, when: isTransient }));
  return {
    traits: store.traits,
    get: (key, options) => reading("get", key, options?.signal, () => store.get(key, options)),
    list: (under, options) => reading("list", under, options?.signal, () => store.list(under, options)),
    directories: (under, options) =>
      reading("directories", under, options?.signal, () => store.directories(under, options)),
    commit: (commit, options) =>
      traced("store.operation", { verb: "commit" }, () =>
        retry(runtime, () => store.commit(commit, options), { signal: options?.signal, retries }),
      ),
    watch: (scope, options) => store.watch(scope, options),
  };
}
