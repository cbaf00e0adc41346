import { machineMs } from "./machine-clock.ts";

/** How often it is looked whether somebody is left. */
const lookMs = 20;

/** A process and all that it has started, which one signal reaches. Its number is that of its first process. */
export class ProcessGroup {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  /** `false`: nobody is left to get it. */
  send(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.id, signal);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody is there whom we may not touch
    }
  }

  /** Resolves when nobody is left, or at that time: some of the dead may wait for a parent that takes no note of them. */
  async untilGone(untilMs: () => number): Promise<void> {
    while (this.send(0) && machineMs() < untilMs()) await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
