import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { spell } from "../duration.ts";
import { examples } from "../examples.ts";
import { measure } from "../round-trips.ts";
import { plain } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

export function statusCommand(): Command {
  const command = new Command("status")
    .summary("endpoints, latency, granted ttl")
    .description("Connects, and shows to what, how fast it answers, and for how long it grants a session.")
    .addHelpText("after", examples(["coord status --url etcd://localhost:2379", "is it there?"]));
  return command.action(() =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { signal, terminal }) => {
      const roundTrip = await measure(coord, 10, signal);
      const { holds: _, ...status } = coord.status();
      const { store, endpoints, namespace, owner, state, session } = status;
      const lines = [
        ["store", `${store} at ${endpoints.join(", ")}`],
        ["namespace", namespace || "none"],
        ["state", state],
        ["session", session ? `${session.id}, granted for ${spell(session.ttlMs)}` : "none"],
        ["round trip", `${roundTrip.medianMs} ms, ${roundTrip.worstMs} ms at worst`],
        ["owner", owner],
      ];
      terminal.answer({ ...status, roundTrip }, () =>
        lines.map(([what = "", is = ""]) => `${what.padEnd(12)}${plain(is)}`).join("\n"),
      );
    }),
  );
}
