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
  #hashes = new Uint32Array();
  /** All have the same: then the highest hash has the highest score. */
  #alike = true;

  constructor(runtime: Runtime) {
    this.#sampler = new Sampler(runtime);
  }

  pick(among: Among, key: string | undefined): Endpoint {
    if (key === undefined) return this.#sampler.draw(among);
    if (among !== this.#among) {
      this.#among = among;
      this.#hashes = Uint32Array.from(among, ({ instance }) => hashOf(instance.id));
      this.#alike = among.every(({ weight }) => weight === among[0].weight);
    }
    const keyHash = hashOf(key);
    let best = 0;
    let highest = 0;
    for (let index = 0; index < among.length; index += 1) {
      const hash = mixed(keyHash, this.#hashes[index] ?? 0);
      const score = this.#alike ? hash : -(among[index] ?? among[0]).weight / Math.log(hash);
      if (score > highest) {
        highest = score;
        best = index;
      }
    }
    return among[best] ?? among[0];
  }
}
