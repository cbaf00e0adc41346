export { type AllOrNoneOptions, allOrNone } from "./all-or-none.ts";
export { type ConvergenceOptions, convergence } from "./convergence.ts";
export type {
  AttemptEvent,
  Condition,
  DiedEvent,
  EntryEvent,
  GrantedEvent,
  History,
  HistoryEvent,
  HoldEvent,
  OperationEvent,
  PartyEvent,
  PauseEvent,
  RegisterCall,
  RegisterOutcome,
  SeenEvent,
  TruthEvent,
  ViewEvent,
  WriteEvent,
} from "./events.ts";
export { type ExactlyOnceOptions, exactlyOnce } from "./exactly-once.ts";
export { type ExclusionOptions, exclusion } from "./exclusion.ts";
export { type FairnessOptions, fairness } from "./fairness.ts";
export { type FencingOptions, fencing } from "./fencing.ts";
export { encodeEvent, parseEvent } from "./json-line.ts";
export { type LinearizabilityOptions, linearizability } from "./linearizability.ts";
export { type LossBeforeGrant, lossBeforeGrant } from "./loss-before-grant.ts";
export { inOrder } from "./order.ts";
export { asSeenRunning } from "./running.ts";
export { describeEvent, type VerdictOptions, verdict } from "./verdict.ts";
export type { Violation } from "./violation.ts";
