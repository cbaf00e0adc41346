import { Command, CommanderError } from "commander";
import { type GlobalOptions, terminalOf, withGlobalOptions } from "./client.ts";
import { barrierCommand } from "./commands/barrier.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { electCommand } from "./commands/elect.ts";
import { latchCommand } from "./commands/latch.ts";
import { leadersCommand } from "./commands/leaders.ts";
import { lockCommand } from "./commands/lock.ts";
import { locksCommand } from "./commands/locks.ts";
import { statusCommand } from "./commands/status.ts";
import { exitCodeFor, report } from "./failure.ts";

const exits = `
Exit codes: the command's own (128 and the signal's number if one ended it), else 0; 1 no; 64 wrong usage; 69 store out of reach;
70 a bug; 74 lost while running; 75 not in time; 77 no right to it; 126 and 127 as a shell's.`;

export function program(): Command {
  const root = new Command("coord")
    .description("Locks, elections and barriers for commands and scripts, on the store you already have.")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", exits);
  withGlobalOptions(root);
  const commands = [
    lockCommand(),
    electCommand(),
    barrierCommand(),
    latchCommand(),
    locksCommand(),
    leadersCommand(),
    statusCommand(),
    doctorCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  settle(root);
  return root;
}

/** Errors are thrown, all the way down; and a person who typed something wrong is shown how it is right. */
function settle(command: Command): void {
  command.exitOverride().showHelpAfterError(`Type coord ${pathOf(command)}--help for how it is used.`);
  command.configureHelp({ showGlobalOptions: true });
  for (const below of command.commands) settle(below);
}

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)}${command.name()} ` : "");

/** Does what the arguments say; what goes wrong is told, and becomes the exit code. */
export async function perform(args: readonly string[]): Promise<void> {
  const root = program();
  try {
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    const exitCode = await exitCodeFor(error);
    process.exitCode = exitCode;
    if (!(error instanceof CommanderError)) report(error, exitCode, terminalOf(root.opts<GlobalOptions>()));
  }
}
