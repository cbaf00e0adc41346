import type { Runtime } from "@coord/core/spi";
import type { Endpoint } from "./endpoints.ts";

/** Which server comes next, and after which pause: each once without one, then longer and longer ones, with full jitter. */
export class Route {
  readonly #servers: readonly Endpoint[];
  readonly #runtime: Runtime;
  #next: number;
  #failures = 0;

  constructor(servers: readonly Endpoint[], runtime: Runtime) {
    this.#servers = servers;
    this.#runtime = runtime;
    this.#next = Math.floor(runtime.random() * servers.length);
  }

  get length(): number {
    return this.#servers.length;
  }

  next(): Endpoint | undefined {
    const server = this.#servers[this.#next % this.length];
    this.#next += 1;
    return server;
  }

  /** A connection that ended so soon that a server seems to hang up on everybody counts as a failure, too. */
  ended(how: { readonly soon: boolean }): void {
    this.#failures = how.soon ? this.#failures + 1 : 0;
  }

  /** Whether the last failure was that of the last server in the round. */
  get roundFailed(): boolean {
    return this.#failures % this.length === 0;
  }

  /** @param longestMs the longest pause there is to be */
  pauseMs(longestMs: number): number {
    const rounds = Math.floor(this.#failures / this.length);
    return rounds === 0 ? 0 : this.#runtime.random() * Math.min(longestMs, 10 * 2 ** Math.min(rounds, 10));
  }
}
