import type { KeptVersion } from "@coord/config";
import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { open } from "../config-document.ts";
import { differences } from "../differences.ts";
import { examples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { MisuseError } from "../failure.ts";
import { count } from "../option-values.ts";
import { plain, table } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

interface HistoryOptions extends GlobalOptions {
  readonly limit?: number;
  readonly author?: string;
  readonly message?: string;
}

export function historyCommand(): Command {
  const command = new Command("history")
    .summary("its versions")
    .description("Shows the versions that are kept, the newest first: who, when and why; with --json also what.")
    .argument("<name>", "of the document")
    .option("--limit <number>", "at most so many", count)
    .addHelpText("after", examples(["coord config history billing --limit 5", "the latest five"]));
  return command.action((name: string) => {
    const options = command.optsWithGlobals<HistoryOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const kept = await config.history({ limit: options.limit });
      const rows = kept.map(({ version, time, author, message = "-", deleted }) => [
        String(version),
        time,
        author,
        deleted ? `(deleted) ${message}` : message,
      ]);
      terminal.answer(kept, () => table(["VERSION", "TIME", "AUTHOR", "MESSAGE"], rows));
    });
  });
}

export function diffCommand(): Command {
  const command = new Command("diff")
    .summary("what a version has changed")
    .description("Shows in what two versions differ. Ends with 1 if they do.")
    .argument("<name>", "of the document")
    .argument("[from]", "a version; default: the one before the other", count)
    .argument("[to]", "a version; default: the latest", count)
    .addHelpText("after", examples(["coord config diff billing 3 5", "from version 3 to version 5"]));
  return command.action((name: string, from: number | undefined, to: number | undefined) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const kept = await config.history();
      const later = versionOf(kept, to ?? kept[0]?.version ?? 0);
      const earlier = versionOf(kept, from ?? kept[kept.indexOf(later) + 1]?.version ?? 0);
      const changed = differences(earlier.value, later.value);
      if (changed.length > 0) process.exitCode = exitCodes.no;
      terminal.answer({ name, from: earlier.version, to: later.version, changed }, () =>
        changed
          .flatMap(({ path, before, after }) => [
            ...(before === undefined ? [] : [`- ${path}: ${JSON.stringify(before)}`]),
            ...(after === undefined ? [] : [`+ ${path}: ${JSON.stringify(after)}`]),
          ])
          .map(plain)
          .join("\n"),
      );
    }),
  );
}

function versionOf(kept: readonly KeptVersion[], version: number): KeptVersion {
  const found = kept.find((each) => each.version === version);
  if (found) return found;
  const known = kept.map((each) => each.version).join(", ") || "none";
  throw new MisuseError(`Version ${version || "before that"} is not kept; there are ${known}.`);
}

export function rollbackCommand(): Command {
  const command = new Command("rollback")
    .summary("write an old version anew")
    .description("Writes a version that is kept anew, as a new one.")
    .argument("<name>", "of the document")
    .argument("<version>", "one of its history", count)
    .option("--author <name>", "who did it, for the history; default: --owner")
    .option("-m, --message <text>", "why, for the history")
    .addHelpText(
      "after",
      examples(["coord config rollback billing 3 -m 'the limit was too low'", "back to version 3"]),
    );
  return command.action((name: string, version: number) => {
    const options = command.optsWithGlobals<HistoryOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const { author, message } = options;
      const written = await config.rollback(version, { author, message, signal });
      terminal.answer({ name, version: written, from: version }, () => `version ${written}, as ${version} was`);
    });
  });
}
