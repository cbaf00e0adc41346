import {
  AuthError,
  ClosedError,
  type CoordError,
  type Key,
  SessionLostError,
  UnavailableError,
  UnknownOutcomeError,
  UsageError,
  ValueTooLargeError,
} from "@coord/core/spi";
import { LongAnswerError, LongRequestError, OutOfReachError, RefusedError, UnansweredError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";

/** What is being asked, as errors name it. */
export interface Errand {
  readonly verb: string;
  readonly key?: Key | undefined;
  /** Whether it may change something, so that a lost answer leaves open whether it has. */
  readonly changes?: boolean;
}

/** An error of the wire in the words of the contract. */
export function explained(error: unknown, errand: Ended, servers: string): unknown {
  if (error instanceof UnansweredError) return error.sent ? unanswered(errand, servers) : unreachable(errand, servers);
  if (error instanceof RefusedError) return refused(error, errand, servers);
  if (error instanceof LongAnswerError) return longAnswer(errand, error);
  if (error instanceof LongRequestError) return tooLarge(errand, error.bytes);
  if (error instanceof OutOfReachError) return unreachable(errand, servers, error.cause);
  return error;
}

/** Why a connection is over for good. `closed`: its session was; `shutdown`: the whole client. */
export type End = "closed" | "shutdown" | "expired" | "auth";

export interface Ended extends Errand {
  /** Whether it makes no sense without this very session. Anything else may be asked again on another one. */
  readonly bound?: boolean;
}

/** What is asked of a connection that is over. */
export function ended(why: End, errand: Ended, servers: string): CoordError {
  if (why === "expired" || why === "closed") return errand.bound ? sessionLost(errand) : unreachable(errand, servers);
  if (why === "auth") {
    return new AuthError(`ZooKeeper at ${servers} refused the credentials. Check user and password.`, details(errand));
  }
  return new ClosedError(
    `This client was closed, so ${errand.verb} can't be done. Open a new one with connect().`,
    details(errand),
  );
}

const what = ({ verb, key }: Errand) => (key === undefined ? verb : `${verb} of ${JSON.stringify(key)}`);
const details = ({ verb, key }: Errand, cause?: unknown) => ({ operation: verb, key, cause });

function unreachable(errand: Errand, servers: string, cause?: unknown): UnavailableError {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new UnavailableError(
    `ZooKeeper is out of reach at ${servers}${reason}; ${what(errand)} did not happen.`,
    details(errand, cause),
  );
}

const unanswered = (errand: Errand, servers: string) =>
  errand.changes
    ? new UnknownOutcomeError(
        `ZooKeeper at ${servers} did not answer ${what(errand)}: it may have happened or not. Read before you repeat it.`,
        details(errand),
      )
    : new UnavailableError(`ZooKeeper at ${servers} did not answer ${what(errand)}.`, details(errand));

function refused(error: RefusedError, errand: Ended, servers: string): CoordError {
  switch (error.code) {
    case errorCode.sessionExpired:
      return ended("expired", errand, servers);
    case errorCode.noAuth:
    case errorCode.authFailed:
      return new AuthError(
        `ZooKeeper refused ${what(errand)}: the credentials lack the right, or there are none. Check the ACL of the node and of its parents.`,
        details(errand, error),
      );
    case errorCode.invalidAcl:
      return new AuthError(
        `ZooKeeper refused the ACL of ${what(errand)}: a creator-only node needs a client that the server has authenticated.`,
        details(errand, error),
      );
    case errorCode.badArguments:
      return new UsageError(`ZooKeeper refused ${what(errand)}: it can't have such a path.`, details(errand, error));
    case errorCode.noChildrenForEphemerals:
      return new UsageError(
        `ZooKeeper refused ${what(errand)}: there is nothing below an entry that is bound to a session.`,
        details(errand, error),
      );
    default:
      return new UnavailableError(`ZooKeeper refused ${what(errand)}: ${error.message}.`, details(errand, error));
  }
}

export const sessionLost = ({ verb, key }: Errand): SessionLostError =>
  new SessionLostError(
    "expired",
    `The session is gone, so ${what({ verb, key })} did not happen.`,
    details({ verb, key }),
  );

/** The server's limit is 1 MiB less one byte (`jute.maxbuffer`), and it hangs up on who sends more. */
export const maxRequestBytes = 1_048_000;

const tooLarge = (errand: Errand, bytes: number): ValueTooLargeError =>
  new ValueTooLargeError(
    `The request ${what(errand)} has ${bytes} bytes; ZooKeeper takes ${maxRequestBytes} at most. Write less at once.`,
    details(errand),
  );

const longAnswer = (errand: Errand, error: LongAnswerError): ValueTooLargeError =>
  new ValueTooLargeError(
    `The answer to ${what(errand)} has ${error.bytes} bytes, more than is taken. Keep less in one place, or raise \`maxReplyBytes\`.`,
    details(errand, error),
  );

export const isRefused = (error: unknown, ...codes: readonly number[]): error is RefusedError =>
  error instanceof RefusedError && codes.includes(error.code);

/** For `catch`: `undefined` in the place of these errors of the server. */
export const unless =
  (...codes: readonly number[]) =>
  (error: unknown): undefined => {
    if (!isRefused(error, ...codes)) throw error;
    return undefined;
  };
