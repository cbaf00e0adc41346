import { Chance } from "@coord/conformance";
import type { Runtime } from "@coord/core";
import { type Among, type Balancer, type BalancerName, balancerNamed } from "../src/balancer.ts";
import { Endpoint } from "../src/endpoint.ts";
import { Instance, type InstanceDescription, publishedOf } from "../src/instance.ts";

/** A clock that is set by hand, and chance from a seed. */
export class HandRuntime implements Runtime {
  nowMs = 0;
  readonly #chance: Chance;

  constructor(seed = 1) {
    this.#chance = new Chance(seed);
  }

  now = () => this.nowMs;
  wallClock = () => this.nowMs;
  timer = () => ({ cancel() {} });
  random = () => this.#chance.next();
  uniqueId = () => "id";
}

export const instanceOf = (id: string, more: Partial<InstanceDescription> = {}): Instance =>
  new Instance("orders", id, publishedOf({ address: "10.0.0.1", port: 80, ...more }, "passing"));

export const endpointsOf = (weights: Readonly<Record<string, number>>): Among =>
  Object.entries(weights).map(
    ([id, weight]) => new Endpoint(instanceOf(id, { weight }), Number.NEGATIVE_INFINITY),
  ) as unknown as Among;

export const balancer = (name: BalancerName, runtime: Runtime = new HandRuntime()): Balancer =>
  balancerNamed(name, runtime);

/** How often each is picked, when nothing is under way. */
export function counted(
  balancer: Balancer,
  among: Among,
  count: number,
  key?: (index: number) => string,
): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(among.map(({ instance }) => [instance.id, 0]));
  for (let index = 0; index < count; index += 1) {
    const { instance } = balancer.pick(among, key?.(index));
    counts[instance.id] = (counts[instance.id] ?? 0) + 1;
  }
  return counts;
}
