import type { Bytes, Committed, Entry, Guard, Key, Listing, Place, Scope, Snapshot, Standing } from "@coord/core/spi";

/** A write as it travels: a session is named by its id. */
export type WireWrite =
  | { readonly create: Key; readonly value: Bytes; readonly session?: string | undefined }
  | { readonly put: Key; readonly value: Bytes }
  | { readonly update: Entry; readonly value: Bytes }
  | { readonly remove: Entry | Key };

export interface WireCommit {
  readonly guards?: readonly Guard[];
  readonly writes: readonly WireWrite[];
}

/** A ticket as it travels. */
export interface WireTicket {
  readonly id: string;
  readonly kind: string;
  readonly value: Bytes;
  readonly session: string;
}

/**
 * What a client asks of the server and what it gets: plain data, so that it can also travel between threads and
 * processes. A subscription is named by the client, and answered with the state now; notices follow.
 */
export interface Verbs {
  readonly get: { ask: { key: Key }; answer: Entry | undefined };
  readonly list: { ask: { under: Key }; answer: Listing };
  readonly directories: { ask: { under: Key }; answer: readonly Key[] };
  readonly commit: { ask: WireCommit; answer: Committed };
  readonly contend: { ask: { line: Key; ticket: WireTicket }; answer: Place };
  readonly openSession: { ask: { ttlMs: number }; answer: string };
  readonly renewSession: { ask: { id: string }; answer: boolean };
  readonly endSession: { ask: { id: string }; answer: undefined };
  readonly watch: { ask: { subscription: number; scope: Scope }; answer: Seen<Snapshot> };
  /** Notices come when one of `keys` or the place itself changes. */
  readonly follow: { ask: { subscription: number; place: Place; keys: readonly Key[] }; answer: Seen<Standing> };
  readonly unsubscribe: { ask: { subscription: number }; answer: undefined };
  readonly ping: { ask: object; answer: undefined };
}

export type Verb = keyof Verbs;

/** `stale` is the client's to say. */
export type Seen<T> = Omit<T, "stale">;

export type Request = { [V in Verb]: { readonly verb: V; readonly ask: Verbs[V]["ask"] } }[Verb];

/** An answer, or why there is none: errors travel as data too. */
export type Answer =
  | { readonly ok: unknown }
  | { readonly conflict: { readonly expected: string; readonly actual: string; readonly key: Key } }
  | { readonly sessionLost: string }
  /** It was not done, and can't be for now. */
  | { readonly unavailable: string };

/** The state that a subscription sees after a change. */
export interface Notice {
  readonly subscription: number;
  readonly seen: Seen<Snapshot> | Seen<Standing>;
}

/** The key that a write is about. */
export function writtenKey(write: WireWrite): Key {
  if ("create" in write) return write.create;
  if ("put" in write) return write.put;
  if ("update" in write) return write.update.key;
  return typeof write.remove === "string" ? write.remove : write.remove.key;
}
