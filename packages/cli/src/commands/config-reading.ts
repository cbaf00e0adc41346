import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { type Document, open, partOf, pretty } from "../config-document.ts";
import { examples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { plain } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

export function getCommand(): Command {
  const command = new Command("get")
    .summary("print it, or a part")
    .description("Prints the document as it is in the store. Ends with 1 if there is none, or no such part.")
    .argument("<name>", "of the document")
    .argument("[path]", "of a part: db.url")
    .addHelpText("after", examples(["coord config get billing db.url", "one value"]));
  return command.action((name: string, path: string | undefined) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      const value = config.version === 0 ? undefined : partOf(config.current, path);
      if (value === undefined) process.exitCode = exitCodes.no;
      const shown = { name, version: config.version, stored: config.stored, value };
      if (terminal.json || value !== undefined) terminal.answer(shown, () => plain(textOf(value)));
    }),
  );
}

const textOf = (value: unknown) => (typeof value === "string" ? value : pretty(value));

export function watchCommand(): Command {
  const command = new Command("watch")
    .summary("print it, and each version that follows")
    .description("Prints the document as it is, and again after each change, until interrupted.")
    .argument("<name>", "of the document")
    .argument("[path]", "of a part: db.url; told only when that changes")
    .addHelpText("after", examples(["coord config watch billing rateLimit --json", "for a program that reads lines"]));
  return command.action((name: string, path: string | undefined) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { signal, terminal }) => {
      await using config = await open(coord, name, signal);
      let before: string | undefined;
      const show = (document: Document) => {
        const value = partOf(document.current, path) ?? null;
        const text = JSON.stringify(value);
        if (text === before) return;
        before = text;
        terminal.answer({ name, version: document.version, value }, () => plain(textOf(value)));
      };
      show(config);
      config.on("change", () => show(config));
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }),
  );
}
