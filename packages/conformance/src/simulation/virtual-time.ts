import type { Runtime, Timer, TimerOptions } from "@coord/core";
import type { Chance } from "./chance.ts";

interface Happening {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
  cancelled: boolean;
}

/**
 * Time that passes only from one happening to the next, as fast as the machine can run them. Between two happenings all
 * promises that can go on do so; therefore one seed always gives one course of events.
 */
export class VirtualTime {
  readonly #queue: Happening[] = [];
  #nowMs = 0;
  #count = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many happenings there have been. */
  get count(): number {
    return this.#count;
  }

  at(atMs: number, happen: () => void): Timer {
    const happening: Happening = { atMs: Math.max(atMs, this.#nowMs), order: this.#count++, happen, cancelled: false };
    this.#queue.splice(this.#placeOf(happening), 0, happening);
    return {
      cancel: () => {
        happening.cancelled = true;
      },
    };
  }

  in(delayMs: number, happen: () => void): Timer {
    return this.at(this.#nowMs + Math.max(0, delayMs), happen);
  }

  /**
   * Lets time pass until `work` has settled. Rejects when it can't settle any more because nothing is left to happen, or
   * when it has not by `limitMs`: both are waits that never end.
   */
  async drive<T>(work: () => Promise<T>, limitMs = 3_600_000): Promise<T> {
    const untilMs = this.#nowMs + limitMs;
    let settled = false;
    const running = work().finally(() => {
      settled = true;
    });
    running.catch(() => {}); // whoever awaits the result is told
    await promisesSettle();
    while (!settled) {
      if (!this.#step())
        throw new Error(`nothing is left to happen at ${this.#nowMs} ms, and the work is still waiting`);
      await promisesSettle();
      if (this.#nowMs > untilMs) throw new Error(`the work was still waiting after ${limitMs} ms of virtual time`);
    }
    return running;
  }

  #step(): boolean {
    const next = this.#queue.pop();
    if (!next) return false;
    if (next.cancelled) return this.#step();
    this.#nowMs = next.atMs;
    next.happen();
    return true;
  }

  /** The queue is sorted with the next one last. */
  #placeOf({ atMs }: Happening): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#queue[middle];
      if (other && other.atMs > atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Every promise that can go on has done so by the next turn of the event loop. */
const promisesSettle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * One simulated process: its clock runs at a rate of its own, and it can be stopped: then its timers don't fire and
 * nothing is delivered to it, while its clock goes on. All of that comes when it continues, in its order.
 */
export class SimulatedProcess implements Runtime {
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #rate: number;
  #backlog: (() => void)[] | undefined;
  #ids = 0;

  constructor(name: string, time: VirtualTime, chance: Chance, rate = 1) {
    this.name = name;
    this.#time = time;
    this.#chance = chance;
    this.#rate = rate;
  }

  get stopped(): boolean {
    return this.#backlog !== undefined;
  }

  now(): number {
    return this.#time.nowMs * this.#rate;
  }

  wallClock(): number {
    return this.#time.nowMs;
  }

  timer(delayMs: number, fire: () => void, _options?: TimerOptions): Timer {
    let cancelled = false;
    const timer = this.#time.in(delayMs / this.#rate, () => this.deliver(() => cancelled || fire()));
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  random(): number {
    return this.#chance.next();
  }

  uniqueId(): string {
    this.#ids += 1;
    return `${this.name}-${this.#ids}`;
  }

  /** Runs it in this process: now, or when the process continues. */
  deliver(happen: () => void): void {
    if (this.#backlog) this.#backlog.push(happen);
    else happen();
  }

  stop(): void {
    this.#backlog ??= [];
  }

  /** What waited happens one after the other at this instant, with the promises of each going on before the next. */
  continue(): void {
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    for (const happen of backlog) this.#time.in(0, () => this.deliver(happen));
  }
}
