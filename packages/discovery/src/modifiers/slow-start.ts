import { assertDuration } from "@coord/core/recipe";
import type { Endpoint } from "../endpoint.ts";

/** The share that one begins with. */
const firstShare = 0.1;
/** How often a ramp is brought up to date, per ramp. */
const steps = 20;

/**
 * One that has just appeared gets a tenth of its load at first, and more and more of it until `windowMs` have passed: caches are cold and code is
 * not compiled yet. Those that were there when the view began have started long ago. (Envoy's "slow start mode", with aggression 1.)
 */
export class SlowStart {
  readonly #windowMs: number;
  #nextStepMs = Number.POSITIVE_INFINITY;

  constructor(windowMs: number) {
    assertDuration("slowStartMs", windowMs);
    this.#windowMs = windowMs;
  }

  /** When the ramps are to be looked at again. */
  get nextStepMs(): number {
    return this.#nextStepMs;
  }

  /** Brings the ramps up to date. @returns whether any has changed */
  step(endpoints: Iterable<Endpoint>, nowMs: number): boolean {
    this.#nextStepMs = Number.POSITIVE_INFINITY;
    let changed = false;
    for (const endpoint of endpoints) {
      const ageMs = nowMs - endpoint.seenAtMs;
      const ramp = this.#windowMs > 0 && ageMs < this.#windowMs ? Math.max(firstShare, ageMs / this.#windowMs) : 1;
      if (ramp < 1) this.#nextStepMs = nowMs + this.#windowMs / steps;
      if (ramp !== endpoint.ramp) changed = true;
      endpoint.ramp = ramp;
    }
    return changed;
  }
}
