import { heartbeatMs, reliableMs } from "./deadline.ts";
import { pause } from "./retry.ts";
import type { Runtime } from "./runtime.ts";

export interface HeartbeatOptions {
  readonly ttlMs: number;
  /** When the request that opened the session was sent. */
  readonly sentAtMs: number;
  /** By how much a renewal proves less than its own sending, where the store hears of a session with a delay. Default 0. */
  readonly lagMs?: number;
  /** Sends one renewal and tells whether it was answered in time. Must not reject. */
  readonly renew: (answerMs: number) => Promise<boolean>;
}

/**
 * The rhythm in which every store renews a session: a renewal each third of the reliable time, counted from when the last
 * one was sent. One that gets no answer is given up early enough for another, and the next follows soon.
 */
export class Heartbeat {
  readonly #runtime: Runtime;
  readonly #options: HeartbeatOptions;
  readonly #over = new AbortController();
  #wake = new AbortController();
  #renewedMs: number;
  #sentMs: number;

  constructor(runtime: Runtime, options: HeartbeatOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#renewedMs = options.sentAtMs;
    this.#sentMs = options.sentAtMs;
    void this.#beat();
  }

  /** Renews at the next moment that is not too soon after the last: when the connection has broken, say. */
  soon(): void {
    this.#wake.abort("soon");
  }

  stop(): void {
    this.#over.abort("over");
  }

  async #beat(): Promise<void> {
    const everyMs = heartbeatMs(this.#options.ttlMs);
    const againMs = everyMs / 12;
    let waitMs = everyMs;
    while (true) {
      await pause(this.#runtime, this.#sentMs + waitMs - this.#runtime.now(), this.#over.signal, this.#wake.signal);
      await pause(this.#runtime, this.#sentMs + againMs - this.#runtime.now(), this.#over.signal);
      if (this.#over.signal.aborted) return;
      this.#wake = new AbortController();
      this.#sentMs = this.#runtime.now();
      const renewed = await this.#options.renew(this.#answerMs(everyMs));
      if (renewed) this.#renewedMs = this.#sentMs;
      waitMs = renewed ? everyMs : againMs;
    }
  }

  /** An answer is waited for until the next one is due, but not longer than half of the time that remains. */
  #answerMs(everyMs: number): number {
    const { ttlMs, lagMs = 0 } = this.#options;
    const remainingMs = this.#renewedMs + reliableMs(ttlMs) - lagMs - this.#sentMs;
    return Math.max(everyMs / 4, Math.min(everyMs, remainingMs / 2));
  }
}
