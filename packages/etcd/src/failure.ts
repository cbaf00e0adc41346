import {
  AuthError,
  type CoordError,
  SessionLostError,
  UnavailableError,
  UnknownOutcomeError,
  UsageError,
  ValueTooLargeError,
} from "@coord/core/spi";

/**
 * What a call that failed tells. `elsewhere`: it has not happened, and another endpoint may do it. `unknown`: it may have
 * happened. `untrusted`: no connection, since one side takes the other for nobody it knows. `token`: the token has expired, it has not happened. The others: the server refused it, it has not happened.
 */
export type FailureKind =
  | "elsewhere"
  | "unknown"
  | "token"
  | "untrusted"
  | "denied"
  | "lease gone"
  | "lease exists"
  | "too large"
  | "full"
  | "refused";

/** A remote call that failed, as the transport or the server put it. */
export class RpcFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = "RpcFailure";
    this.kind = kind;
  }
}

/** The server knows the token no more that the call carried. Others of the same call may have carried it as well. */
export class TokenRefused extends RpcFailure {
  /** Which of the client's tokens it was; the token itself is told to nobody. */
  readonly ordinal: number;

  constructor(message: string, ordinal: number) {
    super("token", message);
    this.ordinal = ordinal;
  }
}

/** Nothing was answered in time. */
export class Silence extends RpcFailure {
  constructor(ms: number) {
    super("unknown", `no answer within ${Math.round(ms)} ms`);
  }
}

/** The words of etcd and of the transport, in the order in which they are looked for. */
const words: readonly (readonly [RegExp, FailureKind])[] = [
  [/Name resolution failed/, "elsewhere"],
  [/internal client error(?!.*(alert number (42|43|44|45|46|48|116)|certificate|unknown ca))/i, "unknown"], // in the middle of a call
  [/certificate|altnames|SSL routines|EPROTO|wrong version number|tlsv1/i, "untrusted"],
  [
    /No connection established|Channel closed before|Channel has been shut down|client was already closed|Failed to start HTTP\/2 stream|Stream refused/,
    "elsewhere",
  ],
  [/etcdserver: (no leader|too many requests|rpc not supported for learner|not capable)/, "elsewhere"],
  [/invalid auth token|revision of auth store is old/, "token"],
  [/permission denied|invalid user ID or password|user name is empty|authentication is not enabled/, "denied"],
  [/requested lease not found/, "lease gone"],
  [/lease already exists/, "lease exists"],
  [/request is too large|larger than max/, "too large"],
  [/database space exceeded/, "full"],
  [/^(?:Error: )?(?:3|5|6|9|11|12) /, "refused"],
];

/** Reads an error of the client library; its text begins with the number of the gRPC status. */
export function failureOf(error: unknown): RpcFailure {
  if (error instanceof RpcFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [, kind] = words.find(([pattern]) => pattern.test(message)) ?? [];
  return new RpcFailure(kind ?? "unknown", message);
}

/** What was asked for, for the message of an error. */
export interface Asked {
  readonly operation: string;
  readonly key?: string | undefined;
  /** Whether repeating it changes nothing. */
  readonly repeatable: boolean;
  /** Whether it is in doubt when its answer was lost. What may be repeated is not, unless it says so. */
  readonly doubtful?: boolean | undefined;
}

/** Whether an answer that was lost leaves in doubt what became of it. */
export const leavesDoubt = ({ repeatable, doubtful = !repeatable }: Asked): boolean => doubtful;

/** The error that a caller gets. */
export function errorOf(failure: RpcFailure, asked: Asked, endpoint: string): CoordError {
  const { kind, message } = failure;
  const { operation, key } = asked;
  const details = { operation: `store.${operation}`, key, cause: failure };
  const what = key === undefined ? operation : `${operation} of ${JSON.stringify(key)}`;
  const say = (text: string) => `etcd at ${endpoint}: ${text} (${message})`;
  switch (kind) {
    case "unknown":
      return leavesDoubt(asked)
        ? new UnknownOutcomeError(
            say(`${what} was not answered: it may have happened or not. Read before you repeat it.`),
            details,
          )
        : new UnavailableError(say(`${what} was not answered.`), details);
    case "elsewhere":
      return new UnavailableError(say(`out of reach, ${what} did not happen.${speech(message)}`), details);
    case "full":
      return new UnavailableError(
        say(`its database is full, ${what} did not happen. Compact and defragment it, then disarm the alarm.`),
        details,
      );
    case "token":
    case "untrusted":
    case "denied":
      return new AuthError(say(`${what} was refused. ${advice(message)}`), details);
    case "lease gone":
      return new SessionLostError("expired", say(`the session of ${what} is gone.`), details);
    case "too large":
      return new ValueTooLargeError(
        say(`${what} is larger than the server takes. Store less at once, or raise --max-request-bytes.`),
        details,
      );
    default:
      return new UsageError(say(`${what} was refused.`), details);
  }
}

/** What one side says in TLS and the other doesn't ends the connection, in words that name no cause. */
const speech = (message: string): string =>
  /disconnected before secure|Failed to connect|Protocol error|ECONNRESET/.test(message)
    ? " Does it speak TLS, is it etcd: or etcds:?"
    : "";

function advice(message: string): string {
  if (/certificate|altnames/i.test(message))
    return "Check the `ca`, the server name and the validity of its certificate, and that it takes the client's `cert`.";
  if (/SSL|EPROTO|wrong version|tlsv1/i.test(message))
    return "Check that it speaks TLS, and takes the client's `cert`.";
  if (/permission denied/.test(message)) return "Grant the user's role the right to the keys below the namespace.";
  if (/user name is empty/.test(message)) return "It asks for a user: set `username` and `password`.";
  return "Check `username` and `password`.";
}

/** Whether an error that a caller got comes from such a failure. */
export const isFailure = (error: unknown, kind: FailureKind): boolean =>
  error instanceof Error && error.cause instanceof RpcFailure && error.cause.kind === kind;

/** The kinds that say for certain that the server would refuse it again, whoever asks. */
export const isRefusal = ({ kind }: RpcFailure): boolean =>
  kind === "denied" || kind === "lease gone" || kind === "too large" || kind === "refused";
