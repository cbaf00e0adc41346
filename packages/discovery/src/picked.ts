import type { RecipeContext } from "@coord/core/recipe";
import type { Endpoint } from "./endpoint.ts";
import type { Instance } from "./instance.ts";
import type { Pool } from "./pool.ts";

/** How a call ended. `ignored`: neither well nor badly, for instance cancelled by the caller. */
export type Outcome = "ok" | "failed" | "ignored";

/** An instance that was picked for a call, until `done` says how that ended. */
export interface Pick {
  readonly instance: Instance;
  /** To be called once; again does nothing. */
  done(outcome: Outcome): void;
}

/** Counts as under way from being picked to being done. */
export class Picked implements Pick {
  readonly instance: Instance;
  readonly #context: RecipeContext;
  readonly #pool: Pool;
  readonly #endpoint: Endpoint;
  readonly #sinceMs: number;
  #done = false;

  constructor(context: RecipeContext, pool: Pool, endpoint: Endpoint) {
    this.#context = context;
    this.#pool = pool;
    this.#endpoint = endpoint;
    this.instance = endpoint.instance;
    this.#sinceMs = context.runtime.now();
    endpoint.inFlight += 1;
  }

  done(outcome: Outcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#endpoint.inFlight -= 1;
    const latencyMs = this.#context.runtime.now() - this.#sinceMs;
    if (outcome === "ok") this.#pool.succeeded(this.#endpoint, latencyMs);
    if (outcome === "failed") this.#pool.failed(this.#endpoint, latencyMs);
  }
}
