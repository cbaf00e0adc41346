/**
 * What happened, as plain data. A simulation, a worker of a chaos test and a conformance case all write these events,
 * and the checkers of this folder read nothing else.
 *
 * All times of one history are milliseconds of ONE clock: the virtual clock of a simulation, or the monotonic clock of
 * a machine, which its processes share. Where two events carry the same time, their order in the array decides, so a
 * history that is merged from several processes needs a clock finer than a millisecond.
 */

/** One call of `acquire` on one name. `attempt` is unique to the call, over all clients and names. */
interface OfAttempt {
  readonly at: number;
  readonly client: string;
  readonly name: string;
  readonly attempt: string;
}

/** The call returned a hold. */
export interface GrantedEvent extends OfAttempt {
  readonly kind: "granted";
  /** The fencing token. */
  readonly token: bigint;
  /**
   * The share of the name's capacity that the hold takes, 1 if left out. A semaphore records its permits; a read-write
   * lock gives a reader 1 and a writer the whole capacity.
   */
  readonly weight?: number;
}

/**
 * - `asked`: the call was made.
 * - `lost`: the hold's own signal aborted.
 * - `released`: `release()` was called; the hold ends at the call, not at its answer.
 * - `refused`: the call ended without a hold: out of time, or failed.
 * - `cancelled`: the call ended without a hold because its caller said so.
 */
export interface AttemptEvent extends OfAttempt {
  readonly kind: "asked" | "lost" | "released" | "refused" | "cancelled";
  readonly token?: bigint;
}

export type HoldEvent = GrantedEvent | AttemptEvent;

/** The store's own side, as far as the test can see it: an entry became first in its line, or went. */
export interface EntryEvent {
  readonly at: number;
  readonly kind: "admitted" | "removed";
  readonly name: string;
  readonly token: bigint;
}

/** The process was killed: its holds end here, and nothing more is expected of it. A restarted one is a new client. */
export interface DiedEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "died";
}

/**
 * The process was stopped, so that nothing of it runs; or it goes on, and what was due meanwhile has happened: its timers
 * have fired.
 */
export interface PauseEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "stopped" | "continued";
}

/** A write to a resource that checks fencing tokens, at the time and in the order in which the *resource* judged it. */
export interface WriteEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "write";
  readonly resource: string;
  readonly token: bigint;
  readonly accepted: boolean;
}

/**
 * One party's way through a barrier; `party` is unique to the call.
 *
 * - `came`: the call was made.
 * - `passed`, `broken`: the call returned the verdict on its generation.
 * - `declined`: the call ran out of time.
 * - `excused`: nobody could tell the party the verdict: it was cancelled, lost its session, or its place inside.
 * - `leaving`, `left`: of a double barrier, the call to leave was made by one that is still inside, and returned.
 */
export interface PartyEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "came" | "passed" | "broken" | "declined" | "excused" | "leaving" | "left";
  readonly name: string;
  readonly party: string;
  readonly generation?: number;
  readonly index?: number;
}

/**
 * A client began to follow a view, or stopped. Only needed to notice a view that never showed anything, or ended early.
 */
export interface ViewEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "opened" | "closed";
  readonly view: string;
}

/** A view showed a version to its user; `stale` if it said that it may be behind. */
export interface SeenEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "seen";
  readonly view: string;
  readonly version: bigint;
  readonly stale?: boolean;
  readonly value?: string;
}

/** What the store really held from this time on. */
export interface TruthEvent {
  readonly at: number;
  readonly kind: "truth";
  readonly view: string;
  readonly version: bigint;
  readonly value?: string;
}

/**
 * What must hold for a conditional write: this value, this version, or (with neither) that there is anything at all.
 */
export interface Condition {
  readonly expected?: string;
  /** The store's version of the entry: opaque, different after every write. */
  readonly version?: string;
}

export type RegisterCall =
  | { readonly type: "read" }
  | { readonly type: "write"; readonly value: string }
  | ({ readonly type: "cas"; readonly value: string } & Condition)
  | { readonly type: "create"; readonly value: string }
  | ({ readonly type: "remove" } & Condition);

/**
 * - `ok`: it took effect. `value` is what a read returned (left out: there was nothing), `version` what the store told
 *   of the entry read or written.
 * - `failed`: it had no effect. For a cas, a create and a remove: because the precondition did not hold.
 * - `unknown`: it took effect at some time after the call, or never will.
 */
export type RegisterOutcome =
  | { readonly type: "ok"; readonly value?: string; readonly version?: string }
  | { readonly type: "failed" }
  | { readonly type: "unknown" };

/** One operation on one key, from its call to its return (left out: it never returned). */
export interface OperationEvent {
  readonly client: string;
  readonly kind: "operation";
  readonly key: string;
  readonly call: number;
  readonly return?: number;
  readonly op: RegisterCall;
  readonly outcome: RegisterOutcome;
}

export type HistoryEvent =
  | HoldEvent
  | EntryEvent
  | DiedEvent
  | PauseEvent
  | PartyEvent
  | WriteEvent
  | ViewEvent
  | SeenEvent
  | TruthEvent
  | OperationEvent;

export type History = readonly HistoryEvent[];
