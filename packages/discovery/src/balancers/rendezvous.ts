import type { Runtime } from "@coord/core/recipe";
import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";
import { hashOf, mixed } from "../hashing.ts";
import { Sampler } from "./sampler.ts";

/**
 * The same key goes to the same instance, from every client: the one with the highest score of key and instance. When one leaves, only its
 * keys move, and they spread over all others; in proportion to the weights. Without a key: at random. (Thaler and Ravishankar, "A Name-Based Mapping
 * Scheme for Rendezvous", 1996; the weights after Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005.)
 */
export class Rendezvous implements Balancer {
  readonly #sampler: Sampler;
  #among: Among | undefined;
  #hashes: readonly number[] = [];

  constructor(runtime: Runtime) {
    this.#sampler = new Sampler(runtime);
  }

  pick(among: Among, key: string | undefined): Endpoint {
    if (key === undefined) return this.#sampler.draw(among);
    if (among !== this.#among) {
      this.#among = among;
      this.#hashes = among.map(({ instance }) => hashOf(instance.id));
    }
    const keyHash = hashOf(key);
    let best = among[0];
    let highest = 0;
    for (const [index, endpoint] of among.entries()) {
      const score = -endpoint.weight / Math.log(mixed(keyHash, this.#hashes[index] ?? 0));
      if (score > highest) {
        highest = score;
        best = endpoint;
      }
    }
    return best;
  }
}
