import type { Runtime } from "@coord/core/recipe";
import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";
import { Sampler } from "./sampler.ts";

/** At random, in proportion to the weights. (Envoy's "random", with weights as in Finagle's aperture-less random.) */
export class Random implements Balancer {
  readonly #sampler: Sampler;

  constructor(runtime: Runtime) {
    this.#sampler = new Sampler(runtime);
  }

  pick(among: Among): Endpoint {
    return this.#sampler.draw(among);
  }
}
