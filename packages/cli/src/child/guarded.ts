import type { Coord, Hold } from "@coord/core";
import { type GlobalOptions, terminalOf, withClient } from "../client.ts";
import { type HoldOptions, ttlFor } from "../hold-options.ts";
import type { Terminal } from "../terminal.ts";
import { Interrupts } from "./interrupts.ts";
import { runUnder } from "./run-under.ts";
import { type Command, type RunningCommand, Watchdog } from "./watchdog.ts";

export interface Guarded {
  readonly coord: Coord;
  readonly interrupts: Interrupts;
  readonly terminal: Terminal;
  /** Runs the command while a hold stands. Resolves with its exit code. */
  readonly run: (hold: Hold, command: Command) => Promise<number>;
  /** Runs the command for as long as it likes; it doesn't outlive this process. Throws once the end was asked for. */
  readonly start: (command: Command) => RunningCommand;
}

/** What commands share that run another one while they hold something: a client, a watchdog, and where signals go. */
export async function guarded(
  options: GlobalOptions & HoldOptions,
  work: (guarded: Guarded) => Promise<number>,
): Promise<number> {
  const ttlMs = ttlFor(options);
  using interrupts = new Interrupts();
  const watchdog = new Watchdog(options.grace);
  const terminal = terminalOf(options);
  try {
    const run = (hold: Hold, command: Command) => runUnder(hold, command, { watchdog, interrupts });
    const start = (command: Command) => {
      interrupts.signal.throwIfAborted();
      return watchdog.run(command);
    };
    return await withClient(options, (coord) => work({ coord, interrupts, terminal, run, start }), {
      signal: interrupts.signal,
      ttlMs,
    });
  } finally {
    watchdog.dismiss();
  }
}
