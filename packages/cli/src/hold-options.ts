import { type Command, Option } from "commander";
import { duration, spell } from "./duration.ts";
import { MisuseError } from "./failure.ts";

/** The options of commands that run another one while they hold something. */
export interface HoldOptions {
  /** Between TERM and KILL, in milliseconds. */
  readonly grace: number;
  /** Of the session, in milliseconds. */
  readonly ttl?: number;
}

export function withHoldOptions(command: Command): Command {
  const grace = new Option("--grace <duration>", "how long the command has between TERM and KILL");
  const ttl = new Option(
    "--ttl <duration>",
    "how long the store waits for a holder that fell silent; default: 15s, or 6 times --grace if that is more",
  );
  return command.addOption(grace.argParser(duration).default(2_000, "2s")).addOption(ttl.argParser(duration));
}

/**
 * In a healthy session there are at least three tenths of the ttl left until its deadline. The command is told to end when the grace
 * alone is left, so the grace must be less, or it would be told while all is well.
 */
const share = 4;

/** The ttl to ask for. */
export function ttlFor({ grace, ttl = Math.max(15_000, 6 * grace) }: HoldOptions): number {
  if (grace * share <= ttl) return ttl;
  throw new MisuseError(
    `--ttl must be at least ${share} times --grace, so that a command is not ended at the first late heartbeat: give --ttl ${spell(share * grace)}, or a shorter --grace.`,
  );
}
