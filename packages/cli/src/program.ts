import { Command, CommanderError } from "commander";
import { withGlobalOptions } from "./client.ts";
import { barrierCommand } from "./commands/barrier.ts";
import { configCommand } from "./commands/config.ts";
import { copyCommand } from "./commands/copy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { electCommand } from "./commands/elect.ts";
import { latchCommand } from "./commands/latch.ts";
import { leadersCommand } from "./commands/leaders.ts";
import { lockCommand } from "./commands/lock.ts";
import { locksCommand } from "./commands/locks.ts";
import { mirrorCommand } from "./commands/mirror.ts";
import { registerCommand } from "./commands/register.ts";
import { resolveCommand } from "./commands/resolve.ts";
import { servicesCommand } from "./commands/services.ts";
import { statusCommand } from "./commands/status.ts";
import { exitCodeFor, report } from "./failure.ts";
import { Terminal } from "./terminal.ts";

const exits = `
Exit codes: the command's own (128 and the signal's number if one ended it), else 0; 1 no; 64 wrong usage; 69 store out of reach;
70 a bug; 74 lost while running; 75 not in time; 77 no right to it; 126 and 127 as a shell's.`;

function program(): Command {
  const root = new Command("coord")
    .description(
      "Locks, elections, barriers, discovery and configuration for commands and scripts, on the store you already have.",
    )
    .addHelpText("after", exits);
  withGlobalOptions(root);
  const commands = [
    lockCommand(),
    electCommand(),
    registerCommand(),
    resolveCommand(),
    configCommand(),
    barrierCommand(),
    latchCommand(),
    locksCommand(),
    leadersCommand(),
    servicesCommand(),
    copyCommand(),
    mirrorCommand(),
    statusCommand(),
    doctorCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  return root;
}

/** Errors are thrown, all the way down; a person who typed something wrong is shown how it is right. */
function settle(command: Command, json: boolean): void {
  command.exitOverride().configureHelp({ showGlobalOptions: true });
  command.showHelpAfterError(`Type coord ${pathOf(command)}--help for how it is used.`);
  if (json) command.configureOutput({ writeErr: () => {} });
  for (const below of command.commands) settle(below, json);
}

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)}${command.name()} ` : "");

/** Does what the arguments say; what goes wrong is told, and becomes the exit code. */
export async function perform(args: readonly string[]): Promise<void> {
  const json = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length).includes("--json");
  const root = program();
  settle(root, json);
  try {
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = await exitCodeFor(error);
    const said = error instanceof CommanderError && (process.exitCode === 0 || !json);
    if (!said) report(error, process.exitCode, new Terminal({ json }));
  }
}
