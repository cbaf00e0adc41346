import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** Says of an error of this package what `coord` ends with. */
interface WithExitCode {
  readonly exitCode: number;
}

/** What is wrong with how `coord` was called. */
export class MisuseError extends Error implements WithExitCode {
  readonly exitCode = exitCodes.usage;
}

/** A command was told to end because what it ran under was lost, or would have been before the command could have ended. */
export class EndedEarly extends Error implements WithExitCode {
  readonly exitCode = exitCodes.lost;
}

const byCode: Readonly<Record<string, number>> = {
  USAGE: exitCodes.usage,
  TYPE_CONFLICT: exitCodes.usage,
  LIMIT_MISMATCH: exitCodes.usage,
  VALUE_TOO_LARGE: exitCodes.usage,
  UNAVAILABLE: exitCodes.unreachable,
  UNKNOWN_OUTCOME: exitCodes.unreachable,
  AUTH: exitCodes.forbidden,
  TIMEOUT: exitCodes.notInTime,
  LOCK_TIMEOUT: exitCodes.notInTime,
  BROKEN_BARRIER: exitCodes.notInTime,
  LOCK_LOST: exitCodes.lost,
  LEADERSHIP_LOST: exitCodes.lost,
  SESSION_LOST: exitCodes.lost,
  VALIDATION: exitCodes.usage,
  CONFLICT: exitCodes.no,
  DUPLICATE_INSTANCE: exitCodes.no,
};

/** The exit code that belongs to an error. */
export async function exitCodeFor(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (isOurs(error)) return error.exitCode;
  const { CoordError } = await import("@coord/core");
  return CoordError.is(error) ? (byCode[error.code] ?? exitCodes.failed) : exitCodes.failed;
}

/** Says what went wrong, with the reason behind it; where nobody foresaw it, also where. */
export function report(error: unknown, exitCode: number, terminal: Terminal): void {
  const { code, message, stack } = error as Error & { readonly code?: string };
  const unforeseen = exitCode === exitCodes.failed && !isOurs(error);
  const text = unforeseen ? (stack ?? message) : [message, ...causes(error)].join("\n  ");
  terminal.tell({ event: "failed", code, message, exitCode }, text);
}

const isOurs = (error: unknown): error is WithExitCode =>
  typeof (error as Partial<WithExitCode> | undefined)?.exitCode === "number";

/** What is behind it, where the message doesn't say so itself. */
function causes(error: unknown): string[] {
  const { cause, message } = error as Error;
  return cause instanceof Error && !message.includes(cause.message) ? [cause.message, ...causes(cause)] : [];
}
