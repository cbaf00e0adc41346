import type { Runtime } from "@coord/core/recipe";
import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";
import { Sampler } from "./sampler.ts";

/** How long an average remembers. */
const decayMs = 10_000;
/** What one is taken for that has calls under way and has answered none yet: to be tried, but not by everybody at once. */
const unknownMs = 1_000;

/**
 * Of two drawn at random the one that will answer sooner: its average latency times the calls under way. The average follows a
 * peak at once and forgets it slowly, so that one which has become slow is left alone after the first slow answer. (Finagle's "Peak EWMA".)
 */
export class PeakEwma implements Balancer {
  readonly #runtime: Runtime;
  readonly #sampler: Sampler;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#sampler = new Sampler(runtime);
  }

  pick(among: Among): Endpoint {
    const [first, second] = this.#sampler.drawTwo(among);
    const nowMs = this.#runtime.now();
    return this.#load(second, nowMs) < this.#load(first, nowMs) ? second : first;
  }

  answered(endpoint: Endpoint, latencyMs: number): void {
    const nowMs = this.#runtime.now();
    const costMs = endpoint.costMs ?? 0;
    const remembered = Math.exp(-(nowMs - endpoint.costAtMs) / decayMs);
    endpoint.costMs = latencyMs > costMs ? latencyMs : costMs * remembered + latencyMs * (1 - remembered);
    endpoint.costAtMs = nowMs;
  }

  #load(endpoint: Endpoint, nowMs: number): number {
    const { costMs, costAtMs, inFlight, weight } = endpoint;
    if (costMs === undefined) return inFlight === 0 ? 0 : (unknownMs * inFlight) / weight;
    return (costMs * Math.exp(-(nowMs - costAtMs) / decayMs) * (inFlight + 1)) / weight;
  }
}
