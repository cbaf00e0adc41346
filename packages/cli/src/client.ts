import type { Coord, Logger } from "@coord/core";
import { type Command, Option } from "commander";
import { duration } from "./duration.ts";
import { backendOf } from "./stores.ts";
import { plain, style, Terminal, toJson } from "./terminal.ts";

/** The options that every command has. */
export interface GlobalOptions {
  readonly url?: string;
  readonly namespace?: string;
  readonly owner?: string;
  /** How long to try to reach the store, in milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function withGlobalOptions(program: Command): Command {
  return program
    .option("--url <url>", "the store; default: the environment's COORD_URL")
    .option("--namespace <name>", "a prefix for all names, below the one of the URL")
    .option("--owner <name>", "who this is, for those who look; default: host and process id")
    .addOption(
      new Option("--timeout <duration>", "how long to try to reach the store")
        .argParser(duration)
        .default(10_000, "10s"),
    )
    .option("--json", "answers on stdout and events on stderr as lines of JSON")
    .option("-v, --verbose", "tell more on stderr");
}

export const terminalOf = (options: GlobalOptions): Terminal => new Terminal(options);

export interface ClientOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long the store keeps what this client holds after it fell silent, in milliseconds. */
  readonly ttlMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * Connects, does the work, and closes the client, however the work ends. The signal closes it too, so that whatever the work
 * still waits for, a store that is out of reach and should take something back, say, ends within two seconds.
 */
export async function withClient<T>(
  options: GlobalOptions,
  work: (coord: Coord) => Promise<T>,
  { signal, ttlMs, logger = loggerOf(options) }: ClientOptions = {},
): Promise<T> {
  const backend = await backendOf(options.url ?? process.env.COORD_URL);
  const [{ connect }, { onAbort }] = await Promise.all([import("@coord/core"), import("@coord/core/spi")]);
  const { owner, namespace, timeout: waitMs } = options;
  const coord = await connect(backend, { owner, namespace, waitMs, signal, session: { ttlMs }, logger });
  const leave = onAbort(signal, () => void coord.close());
  try {
    return await work(coord).finally(() => signal?.throwIfAborted());
  } finally {
    leave();
    await coord.close();
  }
}

/** What the library has to say: errors always, the rest, warnings too, to those who asked for it: what an error comes of is told with it. */
function loggerOf({ json, verbose }: GlobalOptions): Logger {
  const tell = (level: keyof Logger) => (fields: object, message: string) => {
    const shown = readable(fields);
    if (json) process.stderr.write(`${toJson({ event: "log", level, message, ...shown })}\n`);
    else process.stderr.write(`${style("dim", `coord: ${plain(`${message} ${toJson(shown)}`)}`, process.stderr)}\n`);
  };
  const nothing = () => {};
  const more = verbose ? tell : () => nothing;
  return { debug: more("debug"), info: more("info"), warn: more("warn"), error: tell("error") };
}

const readable = (fields: object) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
