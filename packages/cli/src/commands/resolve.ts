import type { Instance, ServiceView } from "@coord/discovery";
import { Command } from "commander";
import { addressOf } from "../address.ts";
import type { GlobalOptions } from "../client.ts";
import { duration } from "../duration.ts";
import { examples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { waitingFor } from "../waiting-for.ts";

interface ResolveOptions extends GlobalOptions {
  readonly watch?: boolean;
  readonly all?: boolean;
  readonly wait?: number;
}

export function resolveCommand(): Command {
  const command = new Command("resolve")
    .summary("where a service is")
    .description(
      "Prints address and port of each instance that can be called, a line each; with --watch a line for each change. Ends with 1 if there is none.",
    )
    .argument("<name>", "of the service")
    .option("--watch", "and again after each change, until interrupted")
    .option("--all", "also those that are critical or draining")
    .option("--wait <duration>", "how long to wait for the first one; 0: only look", duration)
    .addHelpText(
      "after",
      examples(
        ['curl "http://$(coord resolve orders | head -1)/"', "call one"],
        ["coord resolve orders --watch --json", "for a program that reads lines"],
      ),
    );
  return command.action((name: string) => {
    const options = command.optsWithGlobals<ResolveOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      const { Discovery } = await import("@coord/discovery");
      await using service = new Discovery(coord).service(name);
      const show = ({ instances: all, revision, stale }: ServiceView) => {
        const instances = options.all ? all : all.filter(callable);
        const between = options.watch ? " " : "\n";
        const text = () => instances.map(addressOf).join(between) || "none";
        const worth = terminal.json || options.watch || instances.length > 0;
        if (worth) terminal.answer({ name, instances, revision, stale }, text);
        return instances.length > 0;
      };
      if (options.wait) await service.ready({ signal, waitMs: options.wait });
      let found = false;
      for await (const view of service.watch({ signal })) {
        found = show(view);
        if (!options.watch) break;
      }
      if (!found && !signal.aborted) process.exitCode = exitCodes.no;
    });
  });
}

const callable = ({ status }: Instance) => status === "passing" || status === "warning";
