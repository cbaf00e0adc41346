import { UsageError } from "@coord/core";
import type { Runtime } from "@coord/core/recipe";
import { LeastRequest } from "./balancers/least-request.ts";
import { PeakEwma } from "./balancers/peak-ewma.ts";
import { Random } from "./balancers/random.ts";
import { Rendezvous } from "./balancers/rendezvous.ts";
import { RoundRobin } from "./balancers/round-robin.ts";
import { Sticky } from "./balancers/sticky.ts";
import { WeightedRoundRobin } from "./balancers/weighted-round-robin.ts";
import type { Endpoint } from "./endpoint.ts";

export type BalancerName =
  | "round-robin"
  | "random"
  | "weighted-round-robin"
  | "least-request"
  | "peak-ewma"
  | "rendezvous"
  | "sticky";

/** The endpoints that may be picked, at least one. Another list whenever any of them, or a weight, has changed. */
export type Among = readonly [Endpoint, ...Endpoint[]];

/** Which of the endpoints gets the next call. */
export interface Balancer {
  /**
   * @param key what the call is about: the same key goes to the same instance where the balancer can do that
   * @param elsewhere this call was tried on others, which are left out: nothing of it holds for the next call
   */
  pick(among: Among, key: string | undefined, elsewhere?: boolean): Endpoint;
  /** Told of a call that was answered, well or not. */
  answered?(endpoint: Endpoint, latencyMs: number): void;
}

const balancers: Readonly<Record<BalancerName, (runtime: Runtime) => Balancer>> = {
  "round-robin": (runtime) => new RoundRobin(runtime),
  random: (runtime) => new Random(runtime),
  "weighted-round-robin": () => new WeightedRoundRobin(),
  "least-request": (runtime) => new LeastRequest(runtime),
  "peak-ewma": (runtime) => new PeakEwma(runtime),
  rendezvous: (runtime) => new Rendezvous(runtime),
  sticky: (runtime) => new Sticky(new LeastRequest(runtime)),
};

export function balancerNamed(name: BalancerName, runtime: Runtime): Balancer {
  if (Object.hasOwn(balancers, name)) return balancers[name](runtime);
  throw new UsageError(
    `\`balancer\` must be one of ${Object.keys(balancers).join(", ")}, got ${JSON.stringify(name)}.`,
    { operation: "discovery.service" },
  );
}
