import type { Coord, Hold } from "@coord/core";
import type { Mutex, Semaphore } from "@coord/lock";
import { Command } from "commander";
import { type Guarded, guarded } from "../child/guarded.ts";
import type { GlobalOptions } from "../client.ts";
import { duration, spell } from "../duration.ts";
import { examples } from "../examples.ts";
import { type HoldOptions, withHoldOptions } from "../hold-options.ts";
import { count } from "../option-values.ts";

interface LockOptions extends GlobalOptions, HoldOptions {
  readonly wait?: number;
  readonly atLeast?: number;
  readonly permits?: number;
}

export function lockCommand(): Command {
  const command = new Command("lock")
    .summary("run a command under a lock")
    .description(
      "Waits in line for the lock, runs the command under it, and gives it back. The command gets COORD_LOCK_NAME and " +
        "COORD_FENCING_TOKEN. When the lock can't be kept, the command gets TERM, and KILL after --grace, before anybody " +
        "else can have the lock.",
    )
    .usage("[options] <name> -- <command...>")
    .argument("<name>", "of the lock")
    .argument("<command...>", "after --, run as it is, without a shell")
    .option("--wait <duration>", "how long to wait; 0: not at all; default: as long as it takes", duration)
    .option("--at-least <duration>", "keep the lock at least so long, however early the command ends", duration)
    .option("--permits <number>", "a semaphore of so many permits instead of a lock", count);
  return withHoldOptions(command)
    .addHelpText(
      "after",
      examples(
        ["coord lock deploy --wait 10m -- make deploy", "one after the other"],
        ["coord lock nightly --wait 0 --at-least 60s -- ./invoice.sh", "all machines' cron starts it, one runs it"],
        ["coord lock renders --permits 4 -- render scene.blend", "four at a time"],
      ),
    )
    .action(async (name: string, line: string[]) => {
      const options = command.optsWithGlobals<LockOptions>();
      process.exitCode = await guarded(options, (tools) => lock(tools, name, line, options));
    });
}

async function lock(tools: Guarded, name: string, line: string[], options: LockOptions): Promise<number> {
  const { coord, interrupts } = tools;
  const { signal } = interrupts;
  const { wait: waitMs } = options;
  const lock = await lockOf(coord, name, options);
  const body = (hold: Hold) => under(tools, hold, line, options);
  if (waitMs !== 0) return lock.run(body, { waitMs, signal, requeue: true });
  const outcome = await lock.tryRun(body, { signal });
  if (outcome.ran) return outcome.value;
  const { LockTimeoutError } = await import("@coord/core");
  throw new LockTimeoutError(`The lock ${JSON.stringify(name)} is held by somebody else, and --wait is 0.`, {
    key: name,
  });
}

async function lockOf(coord: Coord, name: string, { permits }: LockOptions): Promise<Mutex | Semaphore> {
  const { Mutex, Semaphore } = await import("@coord/lock");
  return permits === undefined ? new Mutex(coord, name) : new Semaphore(coord, name, { permits });
}

async function under(
  { coord, run, terminal, interrupts }: Guarded,
  hold: Hold,
  line: string[],
  { atLeast = 0 }: LockOptions,
) {
  const { pause, systemRuntime } = await import("@coord/core/spi");
  const { name, fencingToken } = hold;
  const sinceMs = systemRuntime.now();
  const lasted = () => systemRuntime.now() - sinceMs;
  const session = coord.status().session?.id;
  terminal.note({ event: "acquired", name, fencingToken, session }, `has ${name}, token ${fencingToken}`);
  const env = { COORD_LOCK_NAME: name, COORD_FENCING_TOKEN: String(fencingToken) };
  const code = await run(hold, { line, env });
  terminal.note({ event: "ended", name, exitCode: code }, `the command ended with ${code} after ${spell(lasted())}`);
  await pause(systemRuntime, atLeast - lasted(), hold.signal, interrupts.signal);
  return code;
}
