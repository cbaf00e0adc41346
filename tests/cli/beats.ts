import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunning } from "../testbed/process-table.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { soon } from "./running.ts";

export interface Beat {
  /** `beat`, or a signal that it got. */
  readonly what: string;
  readonly role: "child" | "grandchild";
  readonly pid: number;
  /** By the machine's monotonic clock. */
  readonly atMs: number;
  readonly token: string;
}

const program = fileURLToPath(new URL("programs/beating.mjs", import.meta.url));

/** A command that leaves a trace of when it ran, and the trace. */
export class Beats implements AsyncDisposable {
  readonly #file: string;
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#file = join(folder.path, "beats");
  }

  static async create(): Promise<Beats> {
    return new Beats(await TemporaryFolder.create("coord-cli"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of new Set(this.all.map((beat) => beat.pid))) if (isRunning(pid)) process.kill(pid, "SIGKILL");
    await this.#folder[Symbol.asyncDispose]();
  }

  command(...manners: ("stubborn" | "family")[]): string[] {
    return [process.execPath, program, this.#file, ...manners];
  }

  get all(): Beat[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, "utf8").split("\n");
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  }

  /** The first beat, when it has come. */
  begun(role: Beat["role"] = "child"): Promise<Beat> {
    return soon(`a ${role} that runs`, () => this.all.find((beat) => beat.role === role) ?? false);
  }

  /** The last beat, when all that beat are gone. */
  async over(): Promise<Beat> {
    await soon("the end of the command", () => this.all.every(({ pid }) => !isRunning(pid)));
    const last = this.all.at(-1);
    if (!last) throw new Error("it never ran");
    return last;
  }
}

/** The machine's monotonic clock, as the beats have it. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The process that started it. */
export const parentOf = (pid: number): number => Number(statOf(pid)[1]);

/** The processes that it has started, as long as they run. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

/** `T`: stopped; `S`: it waits for something to come. */
export const stateOf = (pid: number): string | undefined => statOf(pid)[0];

const statOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
