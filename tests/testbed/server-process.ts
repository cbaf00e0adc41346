import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { eventually } from "./eventually.ts";

/** A program and what it is run with. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The shell turns into the server, so both have one process id; before it does, it leaves a guard behind that waits at
 * a pipe only this process holds (file 3). When this process dies, however it does, the pipe breaks and the guard kills
 * the server. A line through the pipe tells the guard that the server has ended and its id may be another's.
 */
const guarded = '{ read -r _ <&3 || kill -KILL $$; } & exec 3<&- "$@"';

/** A server in a process of its own, which does not outlive this one. */
export class ServerProcess {
  readonly pid: number;
  /** Settles when the process is gone, with how it ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #running = true;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#running = false;
        releaseGuard(child);
        resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  /** Output is added to the log file. */
  static spawn(program: Program, folder: string, log: string): ServerProcess {
    const output = openSync(log, "a");
    const child = spawn("sh", ["-c", guarded, "sh", program.file, ...program.args], {
      cwd: folder,
      detached: true, // an interrupt typed at the terminal is for the tests, which then end their servers
      stdio: ["ignore", output, output, "pipe"],
    });
    closeSync(output);
    child.on("error", () => {}); // told below, at once, by there being no process id
    if (child.pid === undefined) throw new Error(`no process for ${program.file} could be started in ${folder}`);
    letGo(child);
    return new ServerProcess(child, child.pid);
  }

  get running(): boolean {
    return this.#running;
  }

  async kill(): Promise<void> {
    if (!this.#running) return;
    this.#child.ref();
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Returns when every thread stands still. */
  async stop(): Promise<void> {
    this.#child.kill("SIGSTOP");
    await eventually(
      `process ${this.pid} stands still`,
      () => !this.#running || threadStates(this.pid).every(isStopped),
    );
  }

  continue(): void {
    this.#child.kill("SIGCONT");
  }
}

/** Neither the server nor the pipe to its guard is a reason for this process to stay alive. */
function letGo(child: ChildProcess): void {
  const pipe = child.stdio[3];
  child.unref();
  if (!(pipe instanceof Socket)) throw new Error("the guard has no pipe");
  pipe.on("error", () => {}); // the guard may be gone already
  pipe.unref();
}

function releaseGuard(child: ChildProcess): void {
  const pipe = child.stdio[3];
  if (pipe instanceof Socket) pipe.end("ended\n");
}

/** One letter per thread as Linux shows it; elsewhere none, and a signal sent is all that can be known. */
function threadStates(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).map((task) => stateIn(readFileSync(`${tasks}/${task}/stat`, "utf8")));
  } catch {
    return [];
  }
}

/** The name of the program comes before the state, in parentheses, and may hold any character. */
function stateIn(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

function isStopped(state: string): boolean {
  return state === "T";
}
