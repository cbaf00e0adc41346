import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";

/** As many keys are remembered; the one that was longest unused is forgotten first. */
const longestMemory = 10_000;

/**
 * The first pick for a key holds for as long as that instance can be picked; then another one is picked, which holds in turn. Without a
 * key all calls of this handle have one together. (Curator's StickyStrategy, by key.)
 */
export class Sticky implements Balancer {
  readonly #first: Balancer;
  readonly #chosen = new Map<string | undefined, string>();
  #among: Among | undefined;
  #byId = new Map<string, Endpoint>();

  /** @param first picks where nothing is chosen yet */
  constructor(first: Balancer) {
    this.#first = first;
  }

  pick(among: Among, key: string | undefined, elsewhere = false): Endpoint {
    if (elsewhere) return this.#known(among, key) ?? this.#first.pick(among, key);
    if (among !== this.#among) {
      this.#among = among;
      this.#byId = new Map(among.map((endpoint) => [endpoint.instance.id, endpoint]));
    }
    const chosen = this.#chosen.get(key);
    const endpoint = (chosen === undefined ? undefined : this.#byId.get(chosen)) ?? this.#first.pick(among, key);
    this.#remember(key, endpoint);
    return endpoint;
  }

  #known(among: Among, key: string | undefined): Endpoint | undefined {
    const chosen = this.#chosen.get(key);
    return among.find(({ instance }) => instance.id === chosen);
  }

  #remember(key: string | undefined, { instance }: Endpoint): void {
    this.#chosen.delete(key); // a map keeps the order of insertion
    this.#chosen.set(key, instance.id);
    if (this.#chosen.size <= longestMemory) return;
    for (const oldest of this.#chosen.keys()) {
      this.#chosen.delete(oldest);
      return;
    }
  }
}
