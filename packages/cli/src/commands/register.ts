import { hostname } from "node:os";
import type { Registration } from "@coord/discovery";
import { Command, Option } from "commander";
import { type Guarded, guarded } from "../child/guarded.ts";
import type { Recipient } from "../child/interrupts.ts";
import { ending } from "../child/signals.ts";
import type { GlobalOptions } from "../client.ts";
import { duration } from "../duration.ts";
import { examples } from "../examples.ts";
import { type HoldOptions, withHoldOptions } from "../hold-options.ts";
import { count, jsonObject } from "../option-values.ts";

interface RegisterOptions extends GlobalOptions, HoldOptions {
  readonly port: number;
  readonly address: string;
  readonly id?: string;
  readonly zone?: string;
  readonly weight?: number;
  readonly version?: string;
  readonly metadata?: Record<string, unknown>;
  readonly check?: string;
  readonly checkEvery: number;
  readonly drain: number;
}

export function registerCommand(): Command {
  const command = new Command("register")
    .summary("run a service and register it")
    .description(
      "Runs the command and keeps it registered for as long as it runs, through lost sessions and restarts of the store. Asked to end, it shows the " +
        "instance as draining, waits --drain, takes it away, and then passes the signal on.",
    )
    .usage("[options] <name> --port <port> -- <command...>")
    .argument("<name>", "of the service")
    .argument("<command...>", "after --, run as it is, without a shell")
    .requiredOption("--port <port>", "where it listens", count)
    .option("--address <host>", "where others reach it", hostname())
    .option("--id <id>", "unique within the service, the same after a restart; default: address:port")
    .option("--zone <zone>", "where it is; callers prefer their own")
    .option("--weight <number>", "how much of the load it takes, next to the others", count)
    .option("--version <version>", "of the service")
    .option("--metadata <json>", "for the eyes of those who call", jsonObject)
    .option("--check <url>", "asked again and again: 2xx is passing, 429 is warning, all else is critical")
    .addOption(new Option("--check-every <duration>", "how often to ask").argParser(duration).default(5_000, "5s"))
    .addOption(new Option("--drain <duration>", "from draining to gone").argParser(duration).default(1_000, "1s"));
  return withHoldOptions(command)
    .addHelpText(
      "after",
      examples([
        "coord register orders --port 8080 --check http://localhost:8080/health -- ./orders --listen 8080",
        "any program becomes an instance that others find",
      ]),
    )
    .action(async (name: string, line: string[]) => {
      const options = command.optsWithGlobals<RegisterOptions>();
      process.exitCode = await guarded(options, (tools) => register(tools, name, line, options));
    });
}

async function register(tools: Guarded, name: string, line: string[], options: RegisterOptions): Promise<number> {
  const { Discovery } = await import("@coord/discovery");
  const { coord, interrupts, terminal, start } = tools;
  const { port, address, id, zone, weight, version, metadata, check, checkEvery, drain } = options;
  const running = start({ line, env: { COORD_SERVICE_NAME: name } });
  const registering = new Discovery(coord).register(
    { name, id, address, port, zone, weight, version, metadata },
    {
      check: check === undefined ? undefined : ({ signal }) => ask(check, signal),
      checkIntervalMs: checkEvery,
      drainMs: drain,
    },
  );
  let registration: Registration | undefined;
  const done = registering.then((registered) => {
    registration = registered;
    terminal.note({ event: "registered", name, id: registered.id }, `registered ${name} as ${registered.id}`);
  });
  done.catch(() => running.end());
  const stopForwarding = interrupts.forwardTo(drained(running, () => registration));
  const code = await running.exitCode().finally(stopForwarding); // signals end `coord` from now on
  terminal.note({ event: "ended", name, exitCode: code }, `the command ended with ${code}`);
  if (!registration && running.early) await done; // which says why it was ended
  await registration?.close({ drainMs: 0 });
  return code;
}

/** Passes signals on; the first one that asks to end when the instance is drained and gone, the next one at once. */
function drained(running: Recipient, registration: () => Registration | undefined): Recipient {
  let draining = false;
  return {
    send: (signal) => {
      const registered = registration();
      const asksToEnd = (ending as readonly NodeJS.Signals[]).includes(signal);
      if (!registered || draining || !asksToEnd) return running.send(signal);
      draining = true;
      void registered.close().then(() => running.send(signal));
    },
  };
}

async function ask(url: string, signal: AbortSignal): Promise<"passing" | "warning" | "critical"> {
  const { ok, status, body } = await fetch(url, { signal, redirect: "manual" });
  await body?.cancel();
  if (ok) return "passing";
  return status === 429 ? "warning" : "critical";
}
