export {
  type AcquireOptions,
  type Contestant,
  Mutex,
  type MutexState,
  type TryRunOptions,
  type TryRunResult,
} from "./mutex.ts";
