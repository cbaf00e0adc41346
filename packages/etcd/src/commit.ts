import {
  type Bytes,
  type Commit,
  type Committed,
  ConflictError,
  type Entry,
  type Guard,
  type Key,
  type Write,
} from "@coord/core/spi";
import type { Batcher, Outcome } from "./batch.ts";
import { rangeOf, sessionOf } from "./entries.ts";
import { leaseOf } from "./lease.ts";
import type { Compare, KeyValue, RequestOp, ResponseOp } from "./wire/txn.ts";

/** A condition of a transaction, and how to tell whether it held of what was found. */
interface Condition {
  readonly key: Key;
  readonly compare: Compare;
  readonly expected: string;
  readonly holds: (found: KeyValue | undefined) => boolean;
}

export interface CommitContext {
  readonly batcher: Batcher;
  /** Whether nobody but this client ever makes the key, and not again once it is removed. */
  isOwn(key: Key): boolean;
  /** Told of each key that was removed. */
  removed(key: Key): void;
}

/**
 * One transaction: the guards are its conditions; if one doesn't hold, it reads what is there instead. A large value is sent
 * once, on the assumption that its key exists, or else that it doesn't.
 */
export async function commit(
  { batcher, isOwn, removed }: CommitContext,
  { guards = [], writes: given }: Commit,
  signal?: AbortSignal,
): Promise<Committed> {
  const writes = given.map(owned);
  const asked = [...guards.map(conditionOf), ...writes.flatMap(conditionsOf)];
  const repeatable = asked.length === 0 && writes.every((write) => "remove" in write && isOwn(writtenKey(write)));
  const assumed = new Map(writes.filter(isLargePut).map((write) => [writtenKey(write), true]));
  while (true) {
    const assumptions = [...assumed].map(([key, isThere]) => (isThere ? exists(key) : absent(key)));
    const conditions = [...asked, ...assumptions];
    const outcome = await batcher.submit({
      operation: "commit",
      key: writes[0] && writtenKey(writes[0]),
      repeatable,
      doubtful: writes.length > 0,
      signal,
      footprint: { reads: conditions.map(({ key }) => key), writes: writes.map(writtenKey) },
      request: {
        compare: conditions.map(({ compare }) => compare),
        success: writes.map((write) => operationOf(write, assumed.get(writtenKey(write)))),
        failure: conditions.map(({ key }) => ({ request_range: { key, keys_only: true } })),
      },
    });
    if (outcome.succeeded) {
      for (const write of writes) if ("remove" in write) removed(writtenKey(write));
      return committed(writes, outcome);
    }
    const conflict = conflictOf(asked, outcome);
    if (conflict) throw conflict;
    assumptions.forEach(({ key }, index) => {
      assumed.set(key, rangeOf(outcome.responses[asked.length + index]).length > 0);
    });
  }
}

const largeBytes = 256 * 1024;

const isLargePut = (write: Write): boolean => "put" in write && write.value.byteLength > largeBytes;

const exists = (key: Key): Condition => ({
  key,
  compare: { key, target: "Version", result: "Greater", number: "0" },
  expected: "to exist",
  holds: (found) => found !== undefined,
});

const absent = (key: Key): Condition => ({
  key,
  compare: { key, target: "Version", result: "Equal", number: "0" },
  expected: "not to exist",
  holds: (found) => found === undefined,
});

const unchanged = ({ key, version }: Entry): Condition => ({
  key,
  compare: { key, target: "Mod", result: "Equal", number: version },
  expected: `in version ${version}`,
  holds: (found) => found?.mod_revision === version,
});

function conditionOf(guard: Guard): Condition {
  if ("exists" in guard) return exists(guard.exists);
  if ("absent" in guard) return absent(guard.absent);
  return unchanged(guard.unchanged);
}

function conditionsOf(write: Write): Condition[] {
  if ("create" in write) return [absent(write.create)];
  if ("update" in write) return [unchanged(write.update)];
  if ("remove" in write && typeof write.remove !== "string") return [unchanged(write.remove)];
  return [];
}

function operationOf(write: Write, isThere: boolean | undefined): RequestOp {
  if ("create" in write) {
    const lease = write.session && leaseOf(write.session.id);
    return { request_put: { key: write.create, value: write.value, ...(lease ? { lease } : {}) } };
  }
  if ("update" in write) return { request_put: { key: write.update.key, value: write.value, ignore_lease: true } };
  if ("put" in write) return isThere === undefined ? putOf(write) : largePutOf(write, isThere);
  return { request_delete_range: { key: writtenKey(write) } };
}

/** A replaced entry keeps its session, which etcd does only for an entry that is there. */
function putOf({ put, value }: { readonly put: Key; readonly value: Bytes }): RequestOp {
  return {
    request_txn: {
      compare: [exists(put).compare],
      success: [{ request_put: { key: put, value, ignore_lease: true, prev_kv: true } }],
      failure: [{ request_put: { key: put, value } }],
    },
  };
}

const largePutOf = ({ put, value }: { readonly put: Key; readonly value: Bytes }, isThere: boolean): RequestOp => ({
  request_put: {
    key: put,
    value,
    ...(isThere ? { ignore_lease: true, prev_kv: true } : {}),
  },
});

/** The caller may change its bytes as soon as it has passed them. */
const owned = (write: Write): Write => ("value" in write ? { ...write, value: Buffer.from(write.value) } : write);

export function writtenKey(write: Write): Key {
  if ("create" in write) return write.create;
  if ("put" in write) return write.put;
  if ("update" in write) return write.update.key;
  return typeof write.remove === "string" ? write.remove : write.remove.key;
}

function conflictOf(conditions: readonly Condition[], { responses }: Outcome): Error | undefined {
  const found = conditions.map((_, index) => rangeOf(responses[index])[0]);
  const at = conditions.findIndex(({ holds }, index) => !holds(found[index]));
  const condition = conditions[at];
  if (!condition) return undefined;
  const actual = found[at] ? `it is there, in version ${found[at].mod_revision}` : "it does not exist";
  return new ConflictError(condition.key, condition.expected, actual);
}

function committed(writes: readonly Write[], { header, responses }: Outcome): Committed {
  const entries = writes.map((write, index) => entryAfter(write, responses[index], header.revision));
  return { revision: BigInt(header.revision), entries };
}

/** What the write left behind, as far as the request and the answer tell it. */
function entryAfter(write: Write, response: ResponseOp | undefined, version: string): Entry | undefined {
  if ("remove" in write) return undefined;
  const made = { key: writtenKey(write), value: write.value, version };
  if ("create" in write) return { ...made, order: BigInt(version), session: write.session?.id };
  if ("update" in write) return { ...made, order: write.update.order, session: write.update.session };
  const before = (response?.response_txn?.responses[0] ?? response)?.response_put?.prev_kv;
  if (!before) return { ...made, order: BigInt(version), session: undefined };
  return { ...made, order: BigInt(before.create_revision), session: sessionOf(before.lease) };
}
