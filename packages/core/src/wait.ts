import { onAbort } from "./abort.ts";
import { UsageError } from "./errors.ts";
import { Roster } from "./roster.ts";
import type { Runtime, Timer } from "./runtime.ts";

export interface WaitOptions {
  /** Cancels the wait, which then throws the signal's own reason unchanged. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait in all, in milliseconds. Without it there is no limit. */
  readonly waitMs?: number | undefined;
}

export interface WaitLimits extends WaitOptions {
  /** What running out of time throws. */
  readonly timeout: () => Error;
}

/**
 * Everything that can end one wait: the caller's signal, the time limit, and whatever else is added by `endOn`. The
 * first of them decides. One listener per source, all removed by `done`, which the one who waits must call.
 */
export class Wait {
  readonly #cleanups: (() => void)[] = [];
  readonly #racing = new Roster<(reason: unknown) => void>();
  #end: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, { signal, waitMs, timeout }: WaitLimits) {
    assertDuration("waitMs", waitMs);
    assertSignal(signal);
    if (signal) this.endOn((end) => onAbort(signal, end));
    if (waitMs !== undefined && waitMs !== Number.POSITIVE_INFINITY) {
      this.#timer = runtime.timer(waitMs, () => this.end(timeout()));
    }
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Aborts when the wait is over, whatever ended it. Made when somebody asks for it: most waits end before. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#end) this.#controller.abort(this.#end.reason);
    return this.#controller.signal;
  }

  /** Lets something else end the wait: `subscribe` takes a listener for the reason and gives back how to leave. */
  endOn(subscribe: (end: (reason: unknown) => void) => () => void): void {
    this.#cleanups.push(subscribe((reason) => this.end(reason)));
    if (this.#end) this.done();
  }

  end(reason: unknown): void {
    if (this.#end) return;
    this.#end = { reason };
    this.done();
    for (const reject of this.#racing) reject(reason);
    this.#controller?.abort(reason);
  }

  throwIfOver(): void {
    if (this.#end) throw this.#end.reason;
  }

  /** Settles with `work`, or rejects with what ended the wait; `work` itself goes on. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) reject(this.#end.reason);
      const leave = this.#racing.add(reject);
      work.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error) => {
          leave();
          reject(error);
        },
      );
    });
  }

  /** Takes the timer and the listeners away. */
  done(): void {
    this.#timer?.cancel();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}

/** Runs `body` under these limits and takes them away after it. */
export async function waiting<T>(runtime: Runtime, limits: WaitLimits, body: (wait: Wait) => Promise<T>): Promise<T> {
  const wait = new Wait(runtime, limits);
  try {
    wait.throwIfOver();
    return await body(wait);
  } finally {
    wait.done();
  }
}

export function assertDuration(option: string, value: number | undefined): void {
  if (value === undefined) return;
  if (typeof value !== "number" || Number.isNaN(value) || value < 0) {
    throw new UsageError(`\`${option}\` must be a number of milliseconds, 0 or more, got ${String(value)}.`);
  }
}

function assertSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new UsageError("`signal` must be an AbortSignal; from an AbortController pass its `.signal`.");
  }
}
