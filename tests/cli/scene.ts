import { inject, test } from "vitest";
import { isRunning } from "../testbed/process-table.ts";
import { Beats } from "./beats.ts";
import { Running } from "./running.ts";

/** What one test runs. After disposal nothing of it is left. */
export class Scene implements AsyncDisposable {
  readonly #url: string | undefined;
  readonly #parts: AsyncDisposable[] = [];

  /** @param url what commands take for COORD_URL unless told otherwise */
  constructor(url?: string) {
    this.#url = url;
  }

  /** Runs `coord`. */
  coord(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.run(process.execPath, [inject("coord"), ...args], env);
  }

  run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const { NO_COLOR: _, FORCE_COLOR: __, COORD_URL: ___, CI: ____, ...rest } = process.env;
    const known = this.#url === undefined ? {} : { COORD_URL: this.#url };
    const running = new Running(file, args, { env: { ...rest, ...known, ...env } });
    this.#parts.push(running);
    return running;
  }

  /** The answer of a command, which must end with 0. */
  async ask<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.coord([...args, "--json"]).ended;
    if (code !== 0) throw new Error(`coord ${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Stops a process, until it is continued, or the scene is over. */
  halt(pid: number): void {
    process.kill(pid, "SIGSTOP");
    this.#parts.push({
      [Symbol.asyncDispose]: async () => void (isRunning(pid) && process.kill(pid, "SIGCONT")),
    });
  }

  async beats(): Promise<Beats> {
    const beats = await Beats.create();
    this.#parts.push(beats);
    return beats;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.toReversed()) await part[Symbol.asyncDispose]();
  }
}

/** How tests are written that each have a scene of their own, beside each other. */
export const playing =
  <S extends AsyncDisposable>(open: () => S) =>
  (what: string, body: (scene: S) => Promise<void>): void =>
    void test.concurrent(what, async () => {
      await using scene = open();
      await body(scene);
    });
