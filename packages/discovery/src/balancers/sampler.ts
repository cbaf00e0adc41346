import type { Runtime } from "@coord/core/recipe";
import type { Among } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";

/** Draws at random, in proportion to the weights. What it needs of a list is worked out once. */
export class Sampler {
  readonly #runtime: Runtime;
  #among: Among | undefined;
  /** Sums of the weights up to each; `undefined` where they are all alike. */
  #sums: Float64Array | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  draw(among: Among): Endpoint {
    return among[this.#index(among)] ?? among[0];
  }

  /** Two that differ, where there are two. */
  drawTwo(among: Among): readonly [Endpoint, Endpoint] {
    const first = this.#index(among);
    if (among.length === 1) return [among[0], among[0]];
    let second = this.#index(among);
    for (let tries = 0; second === first && tries < 3; tries += 1) second = this.#index(among);
    if (second === first) second = (first + 1 + Math.floor(this.#runtime.random() * (among.length - 1))) % among.length;
    return [among[first] ?? among[0], among[second] ?? among[0]];
  }

  #index(among: Among): number {
    if (among !== this.#among) this.#prepare(among);
    const random = this.#runtime.random();
    if (!this.#sums) return Math.floor(random * among.length);
    return firstAbove(this.#sums, random * (this.#sums.at(-1) ?? 0));
  }

  #prepare(among: Among): void {
    this.#among = among;
    this.#sums = undefined;
    if (among.every(({ weight }) => weight === among[0].weight)) return;
    let sum = 0;
    this.#sums = Float64Array.from(among, ({ weight }) => {
      sum += weight;
      return sum;
    });
  }
}

function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
