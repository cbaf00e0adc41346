import { outsideFlows } from "./flow.ts";
import { lasting } from "./lasting.ts";
import type { Logger } from "./logger.ts";
import type { RecipeContext } from "./recipe-context.ts";
import type { Scope, Snapshot } from "./store.ts";

/** One of those who look at the same part of the store. None of its methods may throw. */
export interface Onlooker {
  /** What is there: at once if it is known already, then as a watch of its own would tell. */
  shown(snapshot: Snapshot): void;
  /** The watch failed in a way that the store doesn't get over by itself; it is tried again. */
  failed(error: unknown): void;
  /** The client was closed: nothing more will be shown. */
  ended(): void;
}

const watches = new WeakMap<RecipeContext, Map<string, SharedWatch>>();

/** Looks at this part of the store by the one watch of the client that all who look at it share. The result ends that. */
export function lookOn(context: RecipeContext, scope: Scope, onlooker: Onlooker): () => void {
  const ofClient = watches.get(context) ?? new Map<string, SharedWatch>();
  watches.set(context, ofClient);
  const name = "key" in scope ? `key ${scope.key}` : `under ${scope.under}`;
  const watch = ofClient.get(name) ?? new SharedWatch(context, scope, () => ofClient.delete(name));
  ofClient.set(name, watch);
  return watch.join(isolated(onlooker, context.logger));
}

/** One that throws all the same keeps neither the others from being told nor the watch from going on. */
function isolated(onlooker: Onlooker, logger: Logger): Onlooker {
  const guarded =
    <T>(tell: (told: T) => void) =>
    (told: T) => {
      try {
        tell(told);
      } catch (error) {
        logger.error({ error }, "one who looks on threw; the others were told");
      }
    };
  return {
    shown: guarded((snapshot: Snapshot) => onlooker.shown(snapshot)),
    failed: guarded((error: unknown) => onlooker.failed(error)),
    ended: guarded<void>(() => onlooker.ended()),
  };
}

/** A watch that lasts for as long as somebody looks on. */
class SharedWatch {
  readonly #context: RecipeContext;
  readonly #onlookers = new Set<Onlooker>();
  readonly #over = new AbortController();
  readonly #onOver: () => void;
  #last: Snapshot | undefined;

  constructor(context: RecipeContext, scope: Scope, onOver: () => void) {
    this.#context = context;
    this.#onOver = onOver;
    void outsideFlows(() => this.#watch(scope));
  }

  join(onlooker: Onlooker): () => void {
    this.#onlookers.add(onlooker);
    if (this.#last) onlooker.shown(this.#last);
    return () => {
      this.#onlookers.delete(onlooker);
      if (this.#onlookers.size === 0) this.#end();
    };
  }

  async #watch(scope: Scope): Promise<void> {
    const { store, logger } = this.#context;
    const { signal } = this.#over;
    const failed = (error: unknown) => {
      logger.error({ error, ...scope }, "a watch failed");
      for (const onlooker of [...this.#onlookers]) onlooker.failed(error);
    };
    const watch = () => store.watch(scope, { signal });
    try {
      for await (const snapshot of lasting(this.#context, watch, { signal, failed })) this.#show(snapshot);
    } catch (error) {
      failed(error); // the client was closed before it began, or the part of the store can't be one
    }
    if (signal.aborted) return;
    this.#end();
    for (const onlooker of [...this.#onlookers]) onlooker.ended();
  }

  #show(snapshot: Snapshot): void {
    this.#last = snapshot;
    for (const onlooker of [...this.#onlookers]) onlooker.shown(snapshot);
  }

  /** Whoever comes after this has a watch anew. */
  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#onOver();
    this.#over.abort("over");
  }
}
