export { onAbort } from "./abort.ts";
export { Deadline, heartbeatMs, rateAllowance, reliableMs, slackMs } from "./deadline.ts";
export {
  AuthError,
  ClosedError,
  ConflictError,
  CoordError,
  type ErrorCode,
  SessionLostError,
  UnavailableError,
  UnknownOutcomeError,
  UsageError,
  ValueTooLargeError,
} from "./errors.ts";
export { Heartbeat, type HeartbeatOptions } from "./heartbeat.ts";
export { assertKey, childToward, isKey, joinKey, parentOf, toKey, toName } from "./key.ts";
export { Latest, mapped } from "./latest.ts";
export type { Logger } from "./logger.ts";
export { namespace } from "./namespace.ts";
export { isTransient, pause, retry } from "./retry.ts";
export { type Runtime, systemRuntime, type Timer, type TimerOptions } from "./runtime.ts";
export type {
  Backend,
  BackendContext,
  Blockers,
  Bytes,
  Commit,
  Committed,
  Entry,
  Guard,
  Key,
  Listing,
  Place,
  Rival,
  Scope,
  SessionEvents,
  SessionOptions,
  Snapshot,
  Standing,
  Store,
  StoreOptions,
  StoreSession,
  Ticket,
  Traits,
  Version,
  Write,
} from "./store.ts";
