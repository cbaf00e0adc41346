import { machineMs } from "./machine-clock.ts";
import type { ProcessGroup } from "./process-group.ts";

export interface LeashOptions {
  readonly group: ProcessGroup;
  /** Between TERM and KILL, in milliseconds. */
  readonly graceMs: number;
  /** Until when the group may run, by the machine's clock. */
  readonly untilMs: number;
  /** Told once, when it is to end. */
  readonly onEnding: () => void;
}

/** For a command that may run as long as it likes. */
export const forEver = Number.MAX_SAFE_INTEGER;

/** After KILL, for the last of the group to be gone. */
const lastMs = 1_000;

/**
 * Ends a process group in time: TERM when no more than the grace is left of the time for which it may run, KILL when that
 * is over. The time can be extended until the end has begun, and not after: a command that was told to end has been told.
 */
export class Leash {
  readonly #options: LeashOptions;
  #untilMs: number;
  #ending = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeashOptions) {
    this.#options = options;
    this.#untilMs = options.untilMs;
    this.#arm();
  }

  get ending(): boolean {
    return this.#ending;
  }

  extend(untilMs: number): void {
    if (this.#ending || untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#arm();
  }

  /** TERM now, and KILL after the grace, or when the time is over if that is earlier. A group that is stopped is continued: it has something to do. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#untilMs = Math.min(this.#untilMs, machineMs() + this.#options.graceMs);
    this.#options.group.send("SIGTERM");
    this.#options.group.send("SIGCONT");
    this.#arm();
    this.#options.onEnding();
  }

  /**
   * The group's first process has ended. What a command leaves running when it ends by itself is its own affair; what is to
   * end, ends as a whole: then this resolves when nobody is left.
   */
  async slip(): Promise<void> {
    if (this.#ending) await this.#options.group.untilGone(() => this.#untilMs + lastMs);
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#untilMs === forEver) return;
    const atMs = this.#ending ? this.#untilMs : this.#untilMs - this.#options.graceMs;
    const due = () => (this.#ending ? this.#options.group.send("SIGKILL") : this.end());
    this.#timer = setTimeout(due, Math.max(0, Math.ceil(atMs - machineMs())));
  }
}
