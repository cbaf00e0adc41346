import type { Instance } from "@coord/discovery";
import { Command } from "commander";
import { addressOf } from "../address.ts";
import type { GlobalOptions } from "../client.ts";
import { examples } from "../examples.ts";
import { table } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

export function servicesCommand(): Command {
  const command = new Command("services")
    .summary("instances and their status")
    .description("Shows of each service all of its instances, whatever their status.")
    .argument("[names...]", "of services; none: all that somebody is registered for")
    .addHelpText(
      "after",
      examples(["coord services", "all that there are"], ["coord services orders billing", "two of them"]),
    );
  return command.action((names: string[]) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { signal, terminal }) => {
      const { Discovery } = await import("@coord/discovery");
      const discovery = new Discovery(coord);
      const look = async (name: string) => {
        await using service = discovery.service(name, { guard: false });
        for await (const { instances } of service.watch({ signal })) return { name, instances };
        return { name, instances: [] };
      };
      const shown = await Promise.all((names.length > 0 ? names : await discovery.services({ signal })).map(look));
      const rows = shown.flatMap(({ name, instances }) =>
        instances.length === 0
          ? [[name, "-", "-", "-", "-", "-"]]
          : instances.map((each, at) => [at === 0 ? name : "", ...columns(each)]),
      );
      terminal.answer(shown, () => table(["NAME", "INSTANCE", "ADDRESS", "STATUS", "ZONE", "VERSION"], rows));
    }),
  );
}

const columns = (instance: Instance) => [
  instance.id,
  addressOf(instance),
  instance.status,
  instance.zone ?? "-",
  instance.version ?? "-",
];
