import { AuthError, CoordError, UnavailableError } from "@coord/core/spi";
import { LinkError } from "@coord/memory";

const codeOf = (error: unknown): string | number | undefined => (error as { code?: string | number }).code;

/** Error numbers of LMDB and of the system, as `lmdb` shows them; to a process with a limit or a quota the disk is full sooner. */
const isFull = (error: unknown) =>
  [28, "ENOSPC", "EFBIG", "EDQUOT"].includes(codeOf(error) ?? "") || /ENOSPC|No space left/.test(String(error));
/** What LMDB says when less was written than it asked for. */
const isInputOutput = (error: unknown) => codeOf(error) === 5;
const isDenied = (error: unknown) => [1, 13, 30, "EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "");

/** Why the store at `path` could not be opened, and what to do. */
export function openFailure(error: unknown, path: string): Error {
  if (CoordError.is(error)) return error;
  const details = { operation: "connect", cause: error };
  if (isDenied(error)) {
    return new AuthError(
      `This process may not read and write the embedded store at ${path}. Run it as the user who made the store, or make the store with a \`mode\` that lets others in.`,
      details,
    );
  }
  if (isFull(error)) {
    return new UnavailableError(`The disk is full: the embedded store at ${path} can't be opened. Make room.`, details);
  }
  return new UnavailableError(`The embedded store at ${path} can't be opened: ${String(error)}`, details);
}

/** A step failed and nothing of it was written: as the connection to a server would fail. */
export function stepFailure(error: unknown, path: string): Error {
  if (CoordError.is(error) || error instanceof LinkError) return error as Error;
  return new LinkError("no", reasonOf(error, path));
}

function reasonOf(error: unknown, path: string): string {
  if (isFull(error)) return `the disk is full, at ${path}: make room`;
  if (isInputOutput(error)) return `the disk is full, or fails, at ${path}: make room`;
  return `${path} can't be written: ${error instanceof Error ? error.message : String(error)}`;
}
