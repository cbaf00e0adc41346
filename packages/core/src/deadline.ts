import type { Runtime, Timer } from "./runtime.ts";

/** How far the clocks' rates of the two machines may differ: a twentieth. */
export const rateAllowance = 0.05;

/** Allowance for a timer and a listener that run late: 50 ms, or a twentieth of the ttl if that is more. */
export const slackMs = (ttlMs: number): number => Math.max(50, ttlMs / 20);

/** How long after its heartbeat was sent a session may be relied on, when the server granted `ttlMs`. */
export const reliableMs = (ttlMs: number): number => ttlMs * (1 - rateAllowance) - slackMs(ttlMs);

/** How often a session must be renewed, so that two renewals may fail before the deadline. */
export const heartbeatMs = (ttlMs: number): number => reliableMs(ttlMs) / 3;

/**
 * Until when a session may be relied on: `D = sent + ttl × (1 − ρ) − s`, where `sent` is the monotonic time before the
 * last answered heartbeat went out. The server counts its ttl from the arrival, which is later, so it lets go later.
 * Once passed, always passed: an answer that comes late revives nothing. (The rule is client-go's and the DynamoDB lock
 * client's, made explicit; see docs/guarantees.md.)
 */
export class Deadline {
  readonly #runtime: Runtime;
  readonly #reliableMs: number;
  readonly #onPassed: () => void;
  #atMs: number;
  #passed = false;
  #timer: Timer | undefined;

  constructor(
    runtime: Runtime,
    { ttlMs, sentAtMs, onPassed }: { ttlMs: number; sentAtMs: number; onPassed: () => void },
  ) {
    this.#runtime = runtime;
    this.#reliableMs = reliableMs(ttlMs);
    this.#onPassed = onPassed;
    this.#atMs = sentAtMs + this.#reliableMs;
    this.#arm();
  }

  /** Looks at the clock, so it is right also where no timer could fire: in a process that was stopped or blocked. */
  get passed(): boolean {
    if (!this.#passed && this.#runtime.now() >= this.#atMs) this.#pass();
    return this.#passed;
  }

  get remainingMs(): number {
    return this.passed ? 0 : this.#atMs - this.#runtime.now();
  }

  renewed(sentAtMs: number): void {
    if (!this.passed) this.#atMs = Math.max(this.#atMs, sentAtMs + this.#reliableMs);
  }

  stop(): void {
    this.#passed = true;
    this.#timer?.cancel();
  }

  /** One timer at a time: when it fires and the deadline has moved on, it is set for the rest. */
  #arm(): void {
    this.#timer = this.#runtime.timer(this.#atMs - this.#runtime.now(), () => this.passed || this.#arm(), {
      keepAlive: false,
    });
  }

  #pass(): void {
    this.stop();
    this.#onPassed();
  }
}
