/**
 * One family of errors. Branch on `code` or with `CoordError.is`, which also knows an error made by another copy
 * of this package; `instanceof` works within one copy. Cancelling is no error of ours: it throws the caller's own reason.
 */
export type ErrorCode =
  | "USAGE"
  | "UNAVAILABLE"
  | "AUTH"
  | "TIMEOUT"
  | "SESSION_LOST"
  | "LOCK_TIMEOUT"
  | "LOCK_LOST"
  | "LEADERSHIP_LOST"
  | "CONFLICT"
  | "UNKNOWN_OUTCOME"
  | "TYPE_CONFLICT"
  | "LIMIT_MISMATCH"
  | "BROKEN_BARRIER"
  | "DEADLOCK"
  | "VALUE_TOO_LARGE"
  | "DUPLICATE_INSTANCE"
  | "NO_INSTANCE"
  | "VALIDATION"
  | "CLOSED";

export interface ErrorDetails {
  /** What was being done, in the words of the API: `lock.acquire`, `store.get`. */
  readonly operation?: string | undefined;
  /** The name or key that it was done to. */
  readonly key?: string | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for("@coord/error");

export class CoordError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later and repeating it is harmless. */
  readonly retryable: boolean;
  readonly operation: string | undefined;
  readonly key: string | undefined;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string, details: ErrorDetails & { readonly retryable?: boolean } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.operation = details.operation;
    this.key = details.key;
  }

  /** Whether `error` belongs to this family, whichever copy made it, and, if given, has one of `codes`. */
  static is(error: unknown, ...codes: readonly ErrorCode[]): error is CoordError {
    if (typeof error !== "object" || error === null || !(brand in error)) return false;
    return codes.length === 0 || codes.includes((error as CoordError).code);
  }
}

/** An argument or option that can't be right; the message names it and says what to do. */
export class UsageError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("USAGE", message, details);
  }
}

/** The store could not be reached and the call has **not** taken effect: repeating it is safe. */
export class UnavailableError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("UNAVAILABLE", message, { ...details, retryable: true });
  }
}

/** The answer was lost: the call may have taken effect, may still do so, or never. Read before you repeat it. */
export class UnknownOutcomeError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("UNKNOWN_OUTCOME", message, details);
  }
}

/** The store refused the credentials, or they lack a right. */
export class AuthError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("AUTH", message, details);
  }
}

/** `waitMs` ran out. */
export class TimeoutError extends CoordError {
  constructor(message: string, details?: ErrorDetails, code: ErrorCode = "TIMEOUT") {
    super(code, message, details);
  }
}

/** `waitMs` ran out before the lock came free; the place in line was given up. */
export class LockTimeoutError extends TimeoutError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, details, "LOCK_TIMEOUT");
  }
}

/** `deadline`: our own clock ran out first. `expired`: the server said that it is gone. `closed`: `close()` ended it. */
export type SessionLossReason = "deadline" | "expired" | "closed";

/** The session ended, and with it everything that hung on it. A new one is opened by itself. */
export class SessionLostError extends CoordError {
  readonly reason: SessionLossReason;

  constructor(reason: SessionLossReason, message: string, details?: ErrorDetails) {
    super("SESSION_LOST", message, details);
    this.reason = reason;
  }
}

/** `deadline` and `session`: as the session ended. `deleted`: the entry is gone from the store: somebody removed it, or ended the session. `closed`: released, or `close()`. `suspended`: the store is out of reach, and that was asked to be enough. */
export type HoldLossReason = "deadline" | "session" | "deleted" | "closed" | "suspended";

/** The lock is no longer held. What the body did since may overlap with the next holder: fence it by the token. */
export class LockLostError extends CoordError {
  readonly reason: HoldLossReason;
  /** What the body threw besides, if it did. */
  suppressed: unknown;

  constructor(reason: HoldLossReason, message: string, details?: ErrorDetails, code: ErrorCode = "LOCK_LOST") {
    super(code, message, details);
    this.reason = reason;
  }
}

/** No longer the leader. What the body did since may overlap with the next one: fence it by the term. */
export class LeadershipLostError extends LockLostError {
  constructor(reason: HoldLossReason, message: string, details?: ErrorDetails) {
    super(reason, message, details, "LEADERSHIP_LOST");
  }
}

/** What a guard or a conditional write expected is not what is there; nothing was written. */
export class ConflictError extends CoordError {
  override readonly key: string;
  readonly expected: string;
  readonly actual: string;

  constructor(key: string, expected: string, actual: string) {
    super(
      "CONFLICT",
      `${JSON.stringify(key)} was expected ${expected}, but ${actual}. Nothing was written: read again, then decide.`,
    );
    this.key = key;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The name is in use as something else, for instance a semaphore's as a lock. */
export class TypeConflictError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("TYPE_CONFLICT", message, details);
  }
}

/** The name is in use with another limit: of permits, of parties, of a count. */
export class LimitMismatchError extends CoordError {
  readonly expected: number;
  readonly actual: number;

  constructor(message: string, limits: { readonly expected: number; readonly actual: number }, details?: ErrorDetails) {
    super("LIMIT_MISMATCH", message, details);
    this.expected = limits.expected;
    this.actual = limits.actual;
  }
}

/** A party died, gave up or ran out of time before all were there: nobody passed. */
export class BrokenBarrierError extends CoordError {
  readonly generation: number;

  constructor(message: string, generation: number, details?: ErrorDetails) {
    super("BROKEN_BARRIER", message, details);
    this.generation = generation;
  }
}

/** Waiting would never end: this flow of control itself holds what it asks for. */
export class DeadlockError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("DEADLOCK", message, details);
  }
}

/** The value, or what would have to be read beside it, is larger than the store takes; nothing was changed. */
export class ValueTooLargeError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("VALUE_TOO_LARGE", message, details);
  }
}

/** The id is registered already, by somebody who lives. */
export class DuplicateInstanceError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("DUPLICATE_INSTANCE", message, details);
  }
}

/**
 * Why there is nobody to call. `none-registered`: the store has none. `filtered`: none passes the filter. `draining`, `critical`: all that there
 * are, are. `ejected`: all others failed too often. `excluded`: all were tried. `never-connected`: the store has not answered yet.
 */
export type NoInstanceReason =
  | "none-registered"
  | "filtered"
  | "draining"
  | "critical"
  | "ejected"
  | "excluded"
  | "never-connected";

/** No instance of a service can be called; `reason` says why. */
export class NoInstanceError extends CoordError {
  readonly reason: NoInstanceReason;

  constructor(reason: NoInstanceReason, message: string, details?: ErrorDetails) {
    super("NO_INSTANCE", message, { ...details, retryable: true });
    this.reason = reason;
  }
}

/** What is wrong with one part of a value. */
export interface Issue {
  /** Where in the value, from the outside in; empty for all of it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A value that its schema refuses: it was not written, or not taken over. */
export class ValidationError extends CoordError {
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[], details?: ErrorDetails) {
    super("VALIDATION", message, details);
    this.issues = issues;
  }
}

/** `close()` was called; open a new one with `connect()`. */
export class ClosedError extends CoordError {
  constructor(message: string, details?: ErrorDetails) {
    super("CLOSED", message, details);
  }
}
