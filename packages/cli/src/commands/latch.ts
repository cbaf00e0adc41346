import type { LatchState } from "@coord/barrier";
import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { duration, moment } from "../duration.ts";
import { examples } from "../examples.ts";
import { count } from "../option-values.ts";
import { plain } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

interface LatchOptions extends GlobalOptions {
  readonly count: number;
  readonly wait?: number;
  readonly as: string;
}

export function latchCommand(): Command {
  return new Command("latch")
    .summary("wait until several have reported")
    .description("A latch opens when so many participants have counted down, each once, and stays open.")
    .addHelpText(
      "after",
      examples(
        ['coord latch down "migrations/$CI_PIPELINE" --count 2 --as schema', "in the job that migrates the schema"],
        ['coord latch wait "migrations/$CI_PIPELINE" --count 2 --wait 30m', "in the job that needs both"],
      ),
    )
    .addCommand(downCommand())
    .addCommand(waitCommand());
}

const named = (command: Command) =>
  command
    .argument("<name>", "of the latch")
    .requiredOption("--count <number>", "how many have to count down, the same for all", count);

function downCommand(): Command {
  const command = named(new Command("down").description("Counts a participant down, once however often it is said."))
    .requiredOption("--as <participant>", "who reports")
    .option("--wait <duration>", "how long to try; default: as long as it takes", moment)
    .addHelpText("after", examples(["coord latch down migrations/42 --count 2 --as schema", "the schema is done"]));
  return command.action((name: string) => {
    const options = command.optsWithGlobals<LatchOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      const { CountDownLatch } = await import("@coord/barrier");
      const latch = new CountDownLatch(coord, name, options);
      const state = await latch.countDown(options.as, { signal, waitMs: options.wait });
      terminal.answer({ name, ...state }, () => sentence(state));
    });
  });
}

function waitCommand(): Command {
  const command = named(new Command("wait").description("Waits until the latch is open."))
    .option("--wait <duration>", "how long to wait; 0: only look; default: as long as it takes", duration)
    .addHelpText(
      "after",
      examples(["coord latch wait migrations/42 --count 2 --wait 30m", "until both are done, half an hour at most"]),
    );
  return command.action((name: string) => {
    const options = command.optsWithGlobals<LatchOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      const { CountDownLatch } = await import("@coord/barrier");
      const latch = new CountDownLatch(coord, name, options);
      if (options.wait !== 0) await latch.wait({ signal, waitMs: options.wait });
      const state = await latch.inspect();
      if (!state.open) throw await notOpen(name, state);
      terminal.answer({ name, ...state }, () => sentence(state));
    });
  });
}

async function notOpen(name: string, state: LatchState): Promise<Error> {
  const { TimeoutError } = await import("@coord/core");
  return new TimeoutError(`The latch ${JSON.stringify(name)} is ${sentence(state)}, and --wait is 0.`, { key: name });
}

const sentence = ({ count, arrived, open }: LatchState) =>
  plain(`${open ? "open" : "closed"}: ${arrived.length} of ${count} (${arrived.join(", ")})`);
