import { Command } from "commander";
import { examples } from "../examples.ts";
import { diffCommand, historyCommand, rollbackCommand } from "./config-history.ts";
import { getCommand, watchCommand } from "./config-reading.ts";
import { editCommand, setCommand } from "./config-writing.ts";

export function configCommand(): Command {
  const command = new Command("config")
    .summary("documents with versions: read, change, watch")
    .description(
      "The documents of @coord/config: JSON with versions, changed by compare-and-set, seen live by all who have it open.",
    )
    .addHelpText(
      "after",
      examples(
        ["coord config get billing rateLimit", "a part of it"],
        [
          "echo '{\"rateLimit\":20}' | coord config set billing - --if-version 3",
          "all of it, unless somebody was faster",
        ],
        ["coord config edit billing", "in your editor"],
      ),
    );
  const below = [
    getCommand(),
    watchCommand(),
    setCommand(),
    editCommand(),
    diffCommand(),
    historyCommand(),
    rollbackCommand(),
  ];
  for (const each of below) command.addCommand(each);
  return command;
}
