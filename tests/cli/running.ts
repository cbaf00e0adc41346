import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { eventually, type Plain } from "../testbed/eventually.ts";

export interface Ended {
  /** Of `coord` itself, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that a test runs, `coord` mostly, as somebody runs it. Disposed of, it is gone. */
export class Running implements AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";

  constructor(file: string, args: readonly string[], options: SpawnOptions = {}) {
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    child.on("error", () => {});
    child.stdin?.on("error", () => {});
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#stdout += chunk;
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      // Not "close": whoever was started by it and goes on has its output, too.
      child.on("exit", (code, signal) =>
        setImmediate(() => resolve({ code: code ?? signal, stdout: this.#stdout, stderr: this.#stderr })),
      );
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Nobody reads its stderr any more. */
  ignoreErrors(): void {
    this.#child.stderr?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Waits until its output has this. */
  async shows(text: string): Promise<void> {
    await soon(`${JSON.stringify(text)} to be printed`, () => (this.#stdout + this.#stderr).includes(text));
  }
}

/** As long as a process may take that has to share the machine with many. */
export const soon = <T>(awaited: string, check: (() => T | Promise<T>) & Plain<T>): Promise<Exclude<T, false>> =>
  eventually(awaited, check, { within: 40_000 });

/** The lines of JSON in what was printed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
