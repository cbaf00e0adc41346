import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { namesInUse } from "../contended.ts";
import { examples } from "../examples.ts";
import { table } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

export function leadersCommand(): Command {
  const command = new Command("leaders")
    .summary("who leads, and who would be next")
    .description("Shows of each election who leads, in which term, what it has published, and who would be next.")
    .argument("[names...]", "of elections; none: all in which somebody stands")
    .addHelpText(
      "after",
      examples(
        ["coord leaders", "all that there are"],
        ["coord leaders scheduler", "one; to follow it: coord elect scheduler --listen"],
      ),
    );
  return command.action((names: string[]) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { terminal }) => {
      const { Election } = await import("@coord/election");
      const look = async (name: string) => {
        const [leader = null, ...next] = await new Election(coord, name).candidates();
        return { name, leader, next };
      };
      const shown = await Promise.all((names.length > 0 ? names : await namesInUse(coord, "election")).map(look));
      const rows = shown.map(({ name, leader, next }) => [
        name,
        leader?.id ?? "-",
        leader ? String(leader.term) : "-",
        leader?.data === undefined ? "-" : JSON.stringify(leader.data),
        next.map(({ id }) => id).join(", ") || "-",
      ]);
      terminal.answer(shown, () => table(["NAME", "LEADER", "TERM", "DATA", "NEXT"], rows));
    }),
  );
}
