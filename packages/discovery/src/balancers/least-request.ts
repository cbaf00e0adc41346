import type { Runtime } from "@coord/core/recipe";
import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";
import { Sampler } from "./sampler.ts";

/**
 * Of two drawn at random the one with fewer calls under way, in proportion to its weight: nearly as even as asking all of them, without the herd
 * that runs to the emptiest. (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996; Envoy's "least request".)
 */
export class LeastRequest implements Balancer {
  readonly #sampler: Sampler;

  constructor(runtime: Runtime) {
    this.#sampler = new Sampler(runtime);
  }

  pick(among: Among): Endpoint {
    const [first, second] = this.#sampler.drawTwo(among);
    return second.inFlight / second.weight < first.inFlight / first.weight ? second : first;
  }
}
