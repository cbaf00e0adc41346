import type { Instance } from "./instance.ts";

/** An instance as one caller knows it: how it did so far. */
export class Endpoint {
  /** As it is published now. */
  instance: Instance;
  /** Calls that are under way. */
  inFlight = 0;
  /** How far it has come since it appeared: from a small share up to 1. See `SlowStart`. */
  ramp = 1;
  readonly seenAtMs: number;
  /** Average latency with the peaks in it, and when it was last brought up to date. See `peak-ewma.ts`. */
  costMs: number | undefined;
  costAtMs = 0;

  constructor(instance: Instance, seenAtMs: number) {
    this.instance = instance;
    this.seenAtMs = seenAtMs;
  }

  /** How much of the load it is to take now. */
  get weight(): number {
    return this.instance.weight * this.ramp;
  }
}
