import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../exit-codes.ts";
import { forEver, Leash } from "./leash.ts";
import type { Order, Report } from "./messages.ts";
import { ProcessGroup } from "./process-group.ts";
import { exitCodeOf } from "./signals.ts";

export interface Command {
  readonly line: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The file of a command isn't there, or can't be run. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor([file = ""]: readonly string[], { code, message }: { readonly code: string; readonly message: string }) {
    const missing = code === "ENOENT";
    super(
      missing
        ? `There is no command ${JSON.stringify(file)}. Check its name and the PATH; what a shell understands needs one: sh -c '…'.`
        : `The command ${JSON.stringify(file)} can't be run: ${message}.`,
    );
    this.exitCode = missing ? exitCodes.notFound : exitCodes.notRunnable;
  }
}

/** What became of the command whose watchdog was killed. */
const ofTheCommand = {
  ended: "The watchdog of the command was killed, so the command was ended too: nobody would have ended it in time.",
  "not started": "The watchdog was killed before there was a command to watch, which was not started. Try again.",
  unknown:
    "The watchdog was killed before it had told what it started: the command may run, and nobody ends it. Look for it.",
};

/** The process that watches over the command is gone. */
export class WatchdogError extends Error {
  readonly exitCode = exitCodes.failed;

  constructor(became: keyof typeof ofTheCommand) {
    super(ofTheCommand[became]);
  }
}

const program = fileURLToPath(new URL("./watchdog-process.js", import.meta.url));

/** The watchdog as `coord` sees it. It is started before it is needed, so that a lock that was given is used at once. */
export class Watchdog {
  readonly #graceMs: number;
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
    const stdio = ["inherit", "inherit", "inherit", "ipc"] as const;
    this.#process = spawn(process.execPath, [program, String(graceMs)], { detached: true, stdio: [...stdio] });
    this.#gone = new Promise((resolve) => {
      this.#process.on("exit", () => resolve());
      this.#process.on("error", () => resolve());
    });
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /** Starts a command, which may run until then by the machine's clock, or as long as it likes. One at a time. */
  run(command: Command, untilMs: number = forEver): RunningCommand {
    const channel = this.#process;
    return new RunningCommand(command, this.#graceMs, {
      order: (order) =>
        new Promise((resolve) => {
          if (channel.connected) channel.send(order, (error) => resolve(error === null));
          else resolve(false); // also where it could not be started
        }),
      onReport: (listener) => {
        channel.on("message", listener);
        return () => channel.off("message", listener);
      },
      gone: this.#gone,
      hold: (held) => (held ? channel.channel?.ref() : channel.channel?.unref()),
      untilMs,
    });
  }

  /** It ends when nobody speaks to it any more. */
  dismiss(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}

interface Line {
  /** Resolves with `false` when there is nobody who could get it. Never rejects. */
  readonly order: (order: Order) => Promise<boolean>;
  readonly onReport: (listener: (report: Report) => void) => () => void;
  readonly gone: Promise<void>;
  /** Whether this process stays alive for what comes. */
  readonly hold: (held: boolean) => void;
  readonly untilMs: number;
}

/** A command that runs under the watchdog. */
export class RunningCommand {
  /** Resolves when it has ended; and, where it was told to end, all that it had started. */
  readonly #ended: Promise<Ended>;
  readonly #line: Line;
  readonly #graceMs: number;
  readonly #ordered: Promise<boolean>;
  #group: ProcessGroup | undefined;
  #early = false;
  /** Signals that came before it was known whom to pass them to. */
  #waiting: NodeJS.Signals[] = [];
  #untilMs: number;

  constructor(command: Command, graceMs: number, line: Line) {
    this.#line = line;
    this.#graceMs = graceMs;
    this.#untilMs = line.untilMs;
    this.#ended = this.#outcome(command);
    this.#ordered = line.order({ order: "start", command: command.line, env: command.env, untilMs: line.untilMs });
  }

  /** Of the command, when it has ended; as a shell has it where a signal ended it. */
  async exitCode(): Promise<number> {
    const { code, signal } = await this.#ended;
    return code ?? (signal ? exitCodeOf(signal) : exitCodes.failed);
  }

  /** Whether it was told to end because it may not go on. */
  get early(): boolean {
    return this.#early;
  }

  /** Passes a signal to all of its processes. */
  send(signal: NodeJS.Signals): void {
    if (this.#group) this.#group.send(signal);
    else this.#waiting.push(signal);
  }

  mayRunUntil(untilMs: number): void {
    if (untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    void this.#line.order({ order: "extend", untilMs });
  }

  /** TERM, and KILL after the grace. */
  end(): void {
    void this.#line.order({ order: "end" });
  }

  /** No time is left. */
  kill(): void {
    this.#early = true;
    this.send("SIGKILL");
  }

  async #outcome({ line }: Command): Promise<Ended> {
    const { onReport, gone, hold } = this.#line;
    let leave = () => {};
    hold(true);
    try {
      return await new Promise<Ended>((resolve, reject) => {
        leave = onReport((report) => {
          if (report.report === "started") this.#started(new ProcessGroup(report.group));
          if (report.report === "ending") this.#early = true;
          if (report.report === "failed") reject(new CommandError(line, report));
          if (report.report === "exited") resolve(report);
        });
        void gone.then(() => this.#orphaned()).then((became) => reject(new WatchdogError(became)));
      });
    } finally {
      leave();
      this.#group = undefined;
      hold(false);
    }
  }

  #started(group: ProcessGroup): void {
    this.#group = group;
    for (const signal of this.#waiting.splice(0)) group.send(signal);
  }

  /** Nobody but us is left to end it, if it is known whom. */
  async #orphaned(): Promise<keyof typeof ofTheCommand> {
    const group = this.#group;
    if (!(await this.#ordered)) return "not started";
    if (!group) return "unknown";
    const leash = new Leash({ group, graceMs: this.#graceMs, untilMs: this.#untilMs, onEnding: () => {} });
    leash.end();
    await leash.slip();
    return "ended";
  }
}
