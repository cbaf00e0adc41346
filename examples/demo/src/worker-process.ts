import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type Ask, Calls, type Functions } from "./calls.ts";
import { type Resource, resourceFor } from "./resource.ts";

const program = new URL("./worker.mjs", import.meta.url);
const living = new Set<ChildProcess>();

/** Ends every worker that is still there, each by its own process id. */
export function killAll(): void {
  for (const child of living) child.kill("SIGKILL");
}

export interface WorkerOptions {
  readonly name: string;
  /** The step whose part it plays. */
  readonly step: string;
  /** Where the store is. */
  readonly url: string;
  readonly ttlMs: number;
  readonly resource: Resource;
}

/** What every worker can be asked for, whatever its part. */
export type WorkerBasics = {
  /** Gives the ttl that was granted. */
  readonly connect: () => Promise<number>;
  readonly close: () => Promise<void>;
};

/** A worker process, as the parent sees it. */
export class WorkerProcess<Part extends Functions> {
  readonly name: string;
  /** Asks the worker to do something of its part. */
  readonly ask: Ask<Part>;
  /** Resolves once its client is connected, with the ttl that was granted. */
  readonly connected: Promise<number>;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #askBasics: Ask<WorkerBasics>;

  constructor({ name, step, url, ttlMs, resource }: WorkerOptions) {
    const child = fork(program, [step, name, url, String(ttlMs)], { serialization: "advanced" });
    living.add(child);
    const calls = new Calls(child, resourceFor(name, resource));
    this.name = name;
    this.ask = calls.asker<Part>();
    this.#child = child;
    this.#askBasics = calls.asker<WorkerBasics>();
    this.connected = this.#askBasics("connect");
    this.ended = once(child, "exit").then(([code, signal]) => {
      living.delete(child);
      calls.close(`${name} ended by ${signal ?? `exit code ${code}`}`);
      return signal ?? code;
    });
  }

  /** Sends SIGKILL, SIGSTOP or SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Tells it to close its client; then it ends by itself. */
  close(): Promise<void> {
    return this.#askBasics("close");
  }
}
