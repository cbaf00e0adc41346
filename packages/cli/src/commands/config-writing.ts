import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { open, parsed, pretty } from "../config-document.ts";
import { examples } from "../examples.ts";
import { MisuseError } from "../failure.ts";
import { version } from "../option-values.ts";
import { waitingFor } from "../waiting-for.ts";

interface WriteOptions extends GlobalOptions {
  readonly ifVersion?: number;
  readonly author?: string;
  readonly message?: string;
}

const withWriteOptions = (command: Command) =>
  command
    .option("--author <name>", "who did it, for the history; default: --owner")
    .option("-m, --message <text>", "why, for the history");

export function setCommand(): Command {
  const command = withWriteOptions(new Command("set"))
    .summary("replace it")
    .description("Replaces the document. Ends with 1 if it is not at --if-version any more.")
    .argument("<name>", "of the document")
    .argument("<json>", "the document, or - to read it from standard input")
    .option("--if-version <number>", "only if this is the latest; 0: only if there is none", version)
    .addHelpText(
      "after",
      examples(["coord config set billing '{\"rateLimit\":20}' --if-version 3 -m sale", "from version 3"]),
    );
  return command.action(async (name: string, json: string) => {
    const value = json === "-" ? parsed(await text(process.stdin), "Standard input") : parsed(json, "The document");
    const options = command.optsWithGlobals<WriteOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const { ifVersion, author, message } = options;
      const written = await config.set(value, { ifVersion, author, message, signal });
      terminal.answer({ name, version: written }, () => `version ${written}`);
    });
  });
}

export function editCommand(): Command {
  const command = withWriteOptions(new Command("edit"))
    .summary("change it in your editor")
    .description(
      "Opens the document in $VISUAL or $EDITOR, and writes it if it was changed and nobody else has changed it meanwhile.",
    )
    .argument("<name>", "of the document")
    .addHelpText("after", examples(["EDITOR=nano coord config edit billing -m 'more load'", "with another editor"]));
  return command.action((name: string) => {
    const options = command.optsWithGlobals<WriteOptions>();
    return waitingFor(options, async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const { version: ifVersion, current } = config;
      const before = pretty(ifVersion === 0 ? {} : current);
      const after = await edited(before);
      if (after.trim() === before.trim()) {
        return terminal.answer({ name, version: ifVersion, changed: false }, () => `unchanged, version ${ifVersion}`);
      }
      const { author, message } = options;
      const written = await config.set(parsed(after, "What was edited"), { ifVersion, author, message, signal });
      terminal.answer({ name, version: written, changed: true }, () => `version ${written}`);
    });
  });
}

/** What a person makes of a text. The editor is a command line, as git and crontab have it. */
async function edited(before: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coord-edit-"));
  const file = join(folder, "document.json");
  try {
    await writeFile(file, `${before}\n`, { mode: 0o600 });
    const editor = process.env.VISUAL || process.env.EDITOR || "vi";
    const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
    const code = await new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
    if (code !== 0)
      throw new MisuseError(
        `The editor ${editor} ended with ${code}, so nothing was written. Set EDITOR to another one.`,
      );
    return await readFile(file, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}
