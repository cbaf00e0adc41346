import type { Runtime, Timer } from "@coord/core/spi";

export interface Watched {
  /** What waits for its answer the longest. */
  oldest(): unknown;
  ping(): void;
  giveUp(cause: Error): void;
}

const answerMs = 5_000;

/**
 * Keeps an eye on one connection: pings when nothing was sent for a third of the session's time, whatever is read meanwhile, and
 * gives it up when nothing was read for two thirds, or when a request waits for its answer too long.
 */
export class Watchdog {
  readonly #runtime: Runtime;
  readonly #watched: Watched;
  #timer: Timer | undefined;
  #sentMs = 0;
  #readMs = 0;
  #oldest: unknown;
  #oldestMs = 0;

  constructor(runtime: Runtime, watched: Watched) {
    this.#runtime = runtime;
    this.#watched = watched;
  }

  start(sessionTimeoutMs: number): void {
    this.sent();
    this.read();
    this.#watch(sessionTimeoutMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  sent(): void {
    this.#sentMs = this.#runtime.now();
  }

  read(): void {
    this.#readMs = this.#runtime.now();
  }

  #watch(sessionTimeoutMs: number): void {
    const everyMs = Math.max(10, sessionTimeoutMs / 20);
    const dueMs = this.#runtime.now() + everyMs;
    const check = () => {
      this.#check(sessionTimeoutMs / 3, this.#runtime.now() - dueMs);
      if (this.#timer) this.#watch(sessionTimeoutMs);
    };
    this.#timer = this.#runtime.timer(everyMs, check, { keepAlive: false });
  }

  /** @param lateMs how long the process was blocked or stopped: what came meanwhile has not been read yet */
  #check(third: number, lateMs: number): void {
    const now = this.#runtime.now();
    this.#readMs += lateMs;
    this.#oldestMs += lateMs;
    if (now - this.#readMs > 2 * third) this.#giveUp("the server fell silent");
    else if (this.#overdue(now)) this.#giveUp("an answer was overdue");
    else if (now - this.#sentMs > third) this.#watched.ping(); // which heartbeats come before
  }

  #giveUp(why: string): void {
    this.stop();
    this.#watched.giveUp(new Error(why));
  }

  #overdue(now: number): boolean {
    const oldest = this.#watched.oldest();
    if (oldest !== this.#oldest) this.#oldestMs = now;
    this.#oldest = oldest;
    return oldest !== undefined && now - this.#oldestMs > answerMs;
  }
}
