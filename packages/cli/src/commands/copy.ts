import { Command } from "commander";
import { examples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { plain } from "../terminal.ts";
import { betweenStores, type TwoStoresOptions, withTwoStores } from "../two-stores.ts";

interface CopyOptions extends TwoStoresOptions {
  readonly dryRun?: boolean;
}

export function copyCommand(): Command {
  const command = withTwoStores(new Command("copy"))
    .summary("copy names from one store to another")
    .description(
      "Copies what lies directly below these names into another store, and compares both afterwards. Nothing is removed, and what is bound to " +
        "a session stays out. Ends with 1 if the two differ. Begun again, it writes only what is missing.",
    )
    .option("--dry-run", "only compare")
    .addHelpText(
      "after",
      examples(
        ["coord copy config features --url zk://old:2181/app --to etcd://new:2379/app", "into an empty store"],
        ["coord copy config --dry-run --url zk://old:2181/app --to etcd://new:2379/app", "do they differ?"],
      ),
    );
  return command.action((directories: string[]) => {
    const options = command.optsWithGlobals<CopyOptions>();
    return betweenStores(options, async (source, target, signal, terminal) => {
      const { compare, copy } = await import("@coord/mirror");
      const { into, rate: maxWritesPerSecond } = options;
      const asked = { directories, into, signal };
      const found = options.dryRun
        ? { ...(await compare(source, target, asked)), refused: new Map<string, Error>() }
        : await copy(source, target, { ...asked, maxWritesPerSecond });
      const refused = [...found.refused].map(([key, { message }]) => ({ key, message }));
      terminal.answer({ ...found, refused }, () => sentences({ ...found, refused }));
      if (!found.same) process.exitCode = exitCodes.no;
    });
  });
}

function sentences(found: {
  readonly entries: number;
  readonly same: boolean;
  readonly missing: readonly string[];
  readonly different: readonly string[];
  readonly ephemeral: readonly string[];
  readonly refused: readonly { readonly key: string; readonly message: string }[];
}): string {
  const lines = [
    `${found.entries} entries: ${found.same ? "the same in both" : "not the same in both"}`,
    ...found.missing.map((key) => `missing there: ${key}`),
    ...found.different.map((key) => `different there: ${key}`),
    ...found.refused.map(({ key, message }) => `refused: ${key}: ${message}`),
    ...found.ephemeral.map((key) => `left out, bound to a session: ${key}`),
  ];
  return lines.map(plain).join("\n");
}
