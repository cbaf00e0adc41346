import { Command } from "commander";
import { examples } from "../examples.ts";
import { plain } from "../terminal.ts";
import { betweenStores, type TwoStoresOptions, withTwoStores } from "../two-stores.ts";

export function mirrorCommand(): Command {
  const command = withTwoStores(new Command("mirror"))
    .summary("keep names in another store alike")
    .description(
      "Keeps what lies directly below these names in another store as it is in the first one, until it is interrupted. Tells on stdout how far it is.",
    )
    .addHelpText(
      "after",
      examples(["coord mirror config --url zk://old:2181/app --to etcd://new:2379/app --json", "during a migration"]),
    );
  return command.action((directories: string[]) => {
    const options = command.optsWithGlobals<TwoStoresOptions>();
    return betweenStores(options, async (source, target, signal, terminal) => {
      const { mirror } = await import("@coord/mirror");
      const { into, rate: maxWritesPerSecond } = options;
      let told = "";
      await mirror(source, target, {
        directories,
        into,
        maxWritesPerSecond,
        signal,
        onStatus: ({ refused: notTaken, lagMs, ...status }) => {
          const refused = [...notTaken].map(([key, { message }]) => ({ key, message }));
          const news = JSON.stringify([
            status.directory,
            status.behind === 0,
            status.stale,
            String(status.revision),
            refused,
          ]);
          if (news === told) return;
          told = news;
          terminal.answer({ ...status, lagMs, refused }, () =>
            plain(
              `${status.directory}: ${status.stale ? "source out of sight" : status.behind === 0 ? "alike" : `${status.behind} behind`}`,
            ),
          );
        },
      });
    });
  });
}
