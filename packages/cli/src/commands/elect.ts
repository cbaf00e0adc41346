import type { Leadership } from "@coord/election";
import { Command } from "commander";
import { type Guarded, guarded } from "../child/guarded.ts";
import { machineMs } from "../child/machine-clock.ts";
import type { GlobalOptions } from "../client.ts";
import { duration } from "../duration.ts";
import { examples } from "../examples.ts";
import { EndedEarly, MisuseError } from "../failure.ts";
import { type HoldOptions, withHoldOptions } from "../hold-options.ts";
import { plain } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

interface ElectOptions extends GlobalOptions, HoldOptions {
  readonly wait?: number;
  readonly id?: string;
  readonly data?: string;
  readonly rejoin?: boolean;
  readonly listen?: boolean;
}

export function electCommand(): Command {
  const command = new Command("elect")
    .summary("run a command while leading, or see who leads")
    .description(
      "Stands for election, runs the command while it leads, and resigns when the command ends. The command gets " +
        "COORD_ELECTION_NAME, COORD_TERM and COORD_FENCING_TOKEN, which is the same. When the leadership can't be kept, the " +
        "command gets TERM, and KILL after --grace, before anybody else can lead.",
    )
    .usage("[options] <name> -- <command...>, or: [options] <name> --listen")
    .argument("<name>", "of the election")
    .argument("[command...]", "after --, run as it is, without a shell")
    .option("--listen", "print who leads, and each leader that follows, until interrupted")
    .option("--id <id>", "what this candidate is called; default: its --owner")
    .option("--data <text>", "what it publishes, an address, say: JSON, or else any text")
    .option(
      "--wait <duration>",
      "how long to stand without leading; 0: only if nobody leads; default: as long as it takes",
      duration,
    )
    .option("--rejoin", "stand again when the leadership was lost, instead of ending with 74");
  return withHoldOptions(command)
    .addHelpText(
      "after",
      examples(
        ["coord elect scheduler --rejoin -- node scheduler.js", "one of all machines schedules, another follows"],
        ["coord elect scheduler --listen --json", "who leads, for a program that reads lines"],
      ),
    )
    .action(async (name: string, line: string[]) => {
      const options = command.optsWithGlobals<ElectOptions>();
      if ((options.listen ?? false) === line.length > 0)
        throw new MisuseError("Give elect a command after --, or --listen.");
      if (options.listen) return listen(name, options);
      process.exitCode = await guarded(options, (tools) => elect(tools, name, line, options));
    });
}

function listen(name: string, options: ElectOptions): Promise<void> {
  return waitingFor(options, async (coord, { signal, terminal }) => {
    const { Election } = await import("@coord/election");
    for await (const leader of new Election(coord, name).observe({ signal })) {
      terminal.answer(leader ?? { id: null }, () => (leader ? sentence(leader) : "nobody leads"));
    }
  });
}

const sentence = ({ id, term, data, stale }: { id: string; term: bigint; data: unknown; stale: boolean }) =>
  plain(
    [`${id} leads, term ${term}`, data === undefined ? "" : JSON.stringify(data), stale ? "(out of sight)" : ""]
      .filter((part) => part !== "")
      .join(" "),
  );

/** A lost session while standing costs the place in line and nothing else: it stands again, with the time that is left. */
async function elect(tools: Guarded, name: string, line: string[], options: ElectOptions): Promise<number> {
  const [{ Election }, { CoordError, TimeoutError }] = await Promise.all([
    import("@coord/election"),
    import("@coord/core"),
  ]);
  const { id, data, rejoin, wait: waitMs, grace } = options;
  const { coord, interrupts } = tools;
  const election = new Election(coord, name, { id, data: published(data) });
  const standingMs = waitMs || Number.POSITIVE_INFINITY;
  const limits = { signal: interrupts.signal, graceMs: grace + 2_000 };
  const body = leading(tools, name, line);
  let onlyIfFree = waitMs === 0;
  let untilMs = machineMs() + standingMs;
  while (true) {
    try {
      if (!onlyIfFree) return await election.lead(body, { ...limits, waitMs: Math.max(0, untilMs - machineMs()) });
      const outcome = await election.tryLead(body, limits);
      if (outcome.led) return outcome.value;
      throw new TimeoutError(`Somebody else leads ${JSON.stringify(name)}, and --wait is 0.`, { key: name });
    } catch (error) {
      const lost = error instanceof EndedEarly || CoordError.is(error, "LEADERSHIP_LOST");
      const again = CoordError.is(error, "SESSION_LOST") || (rejoin && lost && !interrupts.asked);
      if (!again) throw error;
      if (lost) {
        onlyIfFree = false; // it has led, and is to follow now
        untilMs = machineMs() + standingMs;
      }
      tools.terminal.tell({ event: "rejoins", name }, `${(error as Error).message} Stands again.`);
    }
  }
}

function leading({ run, terminal }: Guarded, name: string, line: string[]) {
  return async (leadership: Leadership): Promise<number> => {
    const term = String(leadership.term);
    terminal.note({ event: "leads", name, term, id: leadership.id }, `leads ${name}, term ${term}`);
    const code = await run(leadership, {
      line,
      env: { COORD_ELECTION_NAME: name, COORD_TERM: term, COORD_FENCING_TOKEN: term },
    });
    terminal.note({ event: "ended", name, exitCode: code }, `the command ended with ${code}`);
    return code;
  };
}

function published(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
