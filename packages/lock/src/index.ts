export type { Contestant, LineState } from "./contestants.ts";
export { type AcquireOptions, Lock, type TryOptions, type TryRunOptions, type TryRunResult } from "./lock.ts";
export { Holds, lockAll } from "./lock-all.ts";
export {
  type GrantedLock,
  type LockGrantedCallback,
  type LockInfo,
  LockManager,
  type LockManagerSnapshot,
  type LockMode,
  type LockRequestOptions,
} from "./lock-manager.ts";
export { Mutex, type MutexState } from "./mutex.ts";
export { ReadHold, ReadLock, ReadWriteLock, type ReadWriteState, WriteHold, WriteLock } from "./read-write-lock.ts";
export {
  type PermitContestant,
  PermitHold,
  type PermitOptions,
  Semaphore,
  type SemaphoreOptions,
  type SemaphoreState,
} from "./semaphore.ts";
