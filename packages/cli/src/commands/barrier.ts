import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { moment } from "../duration.ts";
import { examples } from "../examples.ts";
import { count } from "../option-values.ts";
import { waitingFor } from "../waiting-for.ts";

interface BarrierOptions extends GlobalOptions {
  readonly parties: number;
  readonly wait?: number;
}

const sides = {
  enter: "wait until all parties have come to begin",
  leave: "wait until all parties have come to the end",
} as const;

export function barrierCommand(): Command {
  const command = new Command("barrier")
    .summary("begin and end a phase together")
    .description(
      "Both sides of a phase of several scripts: enter waits until so many have come, leave until so many are done. All of " +
        "them pass or nobody does: when one gives up or dies while it waits, the others end with 75. Used again and again, " +
        "round by round.",
    )
    .addHelpText(
      "after",
      examples([
        "coord barrier enter load-test --parties 5 --wait 2m && ./load.sh; coord barrier leave load-test --parties 5",
        "on five machines",
      ]),
    );
  for (const [side, summary] of Object.entries(sides)) command.addCommand(sideCommand(side, summary));
  return command;
}

function sideCommand(side: string, summary: string): Command {
  const command = new Command(side)
    .summary(summary)
    .description(`Resolves a side of the barrier: ${summary}.`)
    .argument("<name>", "of the barrier")
    .requiredOption("--parties <number>", "how many come, the same for all", count)
    .option("--wait <duration>", "how long to wait for the others; default: as long as it takes", moment)
    .addHelpText("after", examples([`coord barrier ${side} load-test --parties 5 --wait 2m`, "one of five"]));
  return command.action((name: string) => {
    const options = command.optsWithGlobals<BarrierOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      const { CyclicBarrier } = await import("@coord/barrier");
      const { parties, wait: waitMs } = options;
      const arrival = await new CyclicBarrier(coord, `${name}/${side}`, { parties }).arrive({ signal, waitMs });
      const { index, generation } = arrival;
      terminal.answer(
        { name, side, parties, index, generation },
        () => `all ${parties} parties came: round ${generation + 1}, this was number ${index + 1}`,
      );
    });
  });
}
