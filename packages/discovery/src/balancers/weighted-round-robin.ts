import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";

/**
 * In turn, each as often as its weight says, and spread evenly rather than in a row: 5, 1, 1 gives a a b a c a a. (nginx's "smooth weighted
 * round robin", Igor Sysoev and Roman Arutyunyan, 2012.)
 */
export class WeightedRoundRobin implements Balancer {
  readonly #weightOf: (endpoint: Endpoint) => number;
  #among: Among | undefined;
  #weights = new Float64Array();
  #credits = new Float64Array();
  #total = 0;

  constructor(weightOf: (endpoint: Endpoint) => number = ({ weight }) => weight) {
    this.#weightOf = weightOf;
  }

  /** All get what their weight says, and who has most pays for all. */
  pick(among: Among): Endpoint {
    if (among !== this.#among) this.#prepare(among);
    const weights = this.#weights;
    const credits = this.#credits;
    let best = 0;
    for (let index = 0; index < credits.length; index += 1) {
      credits[index] = (credits[index] ?? 0) + (weights[index] ?? 0);
      if ((credits[index] ?? 0) > (credits[best] ?? 0)) best = index;
    }
    credits[best] = (credits[best] ?? 0) - this.#total;
    return among[best] ?? among[0];
  }

  /** Who was there before keeps its credit. */
  #prepare(among: Among): void {
    const before = new Map(this.#among?.map((endpoint, index) => [endpoint, this.#credits[index] ?? 0]));
    this.#among = among;
    this.#weights = Float64Array.from(among, this.#weightOf);
    this.#credits = Float64Array.from(among, (endpoint) => before.get(endpoint) ?? 0);
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
  }
}
