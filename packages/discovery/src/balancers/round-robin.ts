import type { Runtime } from "@coord/core/recipe";
import type { Among, Balancer } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";
import { WeightedRoundRobin } from "./weighted-round-robin.ts";

/**
 * One after the other, whatever their weights; who is still starting slowly is passed over more often. It begins anywhere, so that many clients
 * don't begin with the same one. (RFC 1794's rotation; gRPC's and Envoy's "round_robin".)
 */
export class RoundRobin implements Balancer {
  readonly #ramping = new WeightedRoundRobin(({ ramp }) => ramp);
  #among: Among | undefined;
  #isRamping = false;
  #next: number;

  constructor(runtime: Runtime) {
    this.#next = Math.floor(runtime.random() * 2 ** 20);
  }

  pick(among: Among): Endpoint {
    if (among !== this.#among) {
      this.#among = among;
      this.#isRamping = among.some(({ ramp }) => ramp < 1);
    }
    if (this.#isRamping) return this.#ramping.pick(among);
    this.#next = (this.#next + 1) % among.length;
    return among[this.#next] ?? among[0];
  }
}
