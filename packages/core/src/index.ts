export { type ConnectOptions, connect, defaultTtlMs } from "./connect.ts";
export { Coord, type CoordEvents, type CoordStatus } from "./coord.ts";
export {
  AuthError,
  BrokenBarrierError,
  ClosedError,
  ConflictError,
  CoordError,
  DeadlockError,
  DuplicateInstanceError,
  type ErrorCode,
  type ErrorDetails,
  type HoldLossReason,
  type Issue,
  LeadershipLostError,
  LimitMismatchError,
  LockLostError,
  LockTimeoutError,
  NoInstanceError,
  type NoInstanceReason,
  type SessionLossReason,
  SessionLostError,
  TimeoutError,
  TypeConflictError,
  UnavailableError,
  UnknownOutcomeError,
  UsageError,
  ValidationError,
  ValueTooLargeError,
} from "./errors.ts";
export type { Hold, HoldEvents } from "./hold.ts";
export { toKey, toName } from "./key.ts";
export type { Logger } from "./logger.ts";
export type { Owner } from "./owner.ts";
export { type Route, type Routes, routes } from "./routes.ts";
export { type Runtime, systemRuntime, type Timer, type TimerOptions } from "./runtime.ts";
export type { CoordState } from "./session-keeper.ts";
export type {
  Backend,
  BackendContext,
  Bytes,
  Commit,
  Committed,
  Entry,
  Guard,
  Key,
  Listing,
  Scope,
  Snapshot,
  Store,
  Traits,
  Version,
  Write,
} from "./store.ts";
export type { WaitOptions } from "./wait.ts";
