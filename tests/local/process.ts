import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { bundle } from "../structure/bundle.ts";

/** Makes one file of a program of this folder. */
export const program = (name: string): Promise<string> =>
  bundle(new URL(`programs/${name}.ts`, import.meta.url), `local-${name}`);

export interface Told {
  readonly told: string;
  readonly token?: string;
}

/** A process that runs a program, to be stopped and killed; its errors are kept. */
export class Process implements AsyncDisposable {
  readonly child: ChildProcess;
  errors = "";

  constructor(file: string, ...args: readonly string[]) {
    this.child = fork(file, args, {
      serialization: "advanced",
      execArgv: ["--unhandled-rejections=strict"],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    this.child.stderr?.on("data", (data) => {
      this.errors += data;
    });
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What the process says next of its own; the store's messages are none of it. */
  told(): Promise<Told> {
    return new Promise((resolve, reject) => {
      const end = () => reject(new Error(`the process ended: ${this.errors}`));
      const listen = (message: Told) => {
        if (typeof message !== "object" || !("told" in message)) return;
        this.child.off("message", listen);
        this.child.off("exit", end);
        resolve(message);
      };
      this.child.on("message", listen);
      this.child.once("exit", end);
    });
  }

  ask(question: string): Promise<Told> {
    const told = this.told();
    this.child.send(question);
    return told;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, "exit");
    this.child.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
