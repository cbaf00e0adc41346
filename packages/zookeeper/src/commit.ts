import {
  type Commit,
  type Committed,
  ConflictError,
  type Entry,
  type Guard,
  type Key,
  pause,
  type Runtime,
  UnavailableError,
  type Write,
} from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isContender } from "./contenders.ts";
import type { Directories } from "./directories.ts";
import { type Creations, nothingCreated } from "./incarnation.ts";
import { dataVersionOf, entryOf, parentPath, versionOf } from "./nodes.ts";
import type { Found } from "./reading.ts";
import { directoryOfVersion, guessed, keyGuarded, keyWritten, lookAt, type Seen } from "./seen.ts";
import type { Turns } from "./turns.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { Op, OpResult } from "./wire/ops.ts";
import { type Acl, createMode } from "./wire/records.ts";
import type { Writing } from "./writing.ts";

export interface CommitContext {
  readonly send: Send;
  readonly writing: Writing;
  readonly acl: readonly Acl[];
  readonly directories: Directories;
  /** By directory, where something is named by its version. */
  readonly turns: Turns;
  readonly runtime: Runtime;
  readonly signal: AbortSignal | undefined;
  /** The session that what is created with one is bound to. */
  readonly session: string | undefined;
}

/** A guard or a write, as operations of ZooKeeper, and what it leaves behind. */
interface Step {
  readonly key: Key;
  readonly ops: readonly Op[];
  /** Where it holds only if nothing was created there since, lest a node made anew be taken for the one that is meant. */
  readonly sameIn?: { readonly directory: string; readonly since: Creations } | undefined;
  readonly left?: (result: OpResult, zxid: bigint) => Entry;
}

/** How often a commit is planned anew because what it was planned on has changed meanwhile. */
const attempts = 50;
/** From this attempt on it gives way to others first, at random and for this long at most. */
const patientFrom = 3;
const longestPauseMs = 100;

/**
 * Plans a commit on what is there, and lets the server check that this is so still. If it is not, nothing was done, and it
 * is planned anew: only what is seen to be in conflict is one.
 */
export function commit(context: CommitContext, what: Commit): Promise<Committed> {
  const directory = directoryOfVersion(what);
  const attempt = () => tryToCommit(context, what);
  return directory === undefined ? attempt() : context.turns.take(directory, attempt);
}

async function tryToCommit(context: CommitContext, { guards = [], writes }: Commit): Promise<Committed> {
  const keys = [...guards.map(keyGuarded), ...writes.map(keyWritten)];
  const withChildren = new Set<string>();
  let seen = guessed(guards, writes);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt >= patientFrom) await giveWay(context, attempt);
    context.signal?.throwIfAborted();
    seen ??= await lookAt(context.send, keys);
    const steps = planned(context, { guards, writes }, seen, withChildren);
    const ops = [...sameness(context, steps), ...inOrder(steps)];
    if (ops.length === 0) return { revision: seen.zxid, entries: writes.map(() => undefined) };
    const prepared = prepareParents(context, ops);
    const [{ zxid, value }] = await Promise.all([context.writing.write(ops.map(({ op }) => op)), prepared]);
    if ("done" in value) return committed(steps.slice(guards.length), ops, { zxid, value: value.done });
    const failed = ops[value.failed.index]?.op;
    if (!failed) throw new RefusedError(value.failed.code, zxid);
    learn(context, failed, { code: value.failed.code, zxid, withChildren });
    seen = undefined;
  }
  throw new UnavailableError(`What the commit touches kept changing; it did not happen. Try again.`, {
    operation: "commit",
    key: keys[0],
  });
}

/** Whoever goes on at once when others are in the way will meet them again. */
async function giveWay({ runtime, signal }: CommitContext, attempt: number): Promise<void> {
  await pause(runtime, runtime.random() * Math.min(2 ** attempt, longestPauseMs), signal);
}

function planned(
  context: CommitContext,
  { guards = [], writes }: Commit,
  { at }: Seen,
  withChildren: Set<string>,
): Step[] {
  return [
    ...guards.map((guard) => stepOfGuard(context, guard, at(keyGuarded(guard)))),
    ...writes.map((write) => stepOfWrite(context, write, at(keyWritten(write)), withChildren)),
  ];
}

function stepOfGuard({ acl }: CommitContext, guard: Guard, found: Found): Step {
  const { path, entry } = found;
  if ("exists" in guard) {
    if (!entry) throw conflict(guard.exists, "to exist", entry);
    // in its version, since the node of an entry that goes stays where something is below it
    return { key: guard.exists, ops: [{ op: "check", path, version: dataVersionOf(entry) }] };
  }
  if ("absent" in guard) {
    if (entry) throw conflict(guard.absent, "to be absent", entry);
    const create: Op = { op: "create", path, data: null, acl, mode: createMode.persistent };
    return { key: guard.absent, ops: [create, { op: "remove", path, version: -1 }] };
  }
  const { key } = guard.unchanged;
  return { key, ops: [{ op: "check", path, version: assertUnchanged(guard.unchanged, entry) }], ...same(found) };
}

function stepOfWrite(context: CommitContext, write: Write, found: Found, withChildren: Set<string>): Step {
  const { path, entry } = found;
  if ("create" in write) {
    if (entry) throw conflict(write.create, "to be absent", entry);
    return createStep(context, write.create, path, write.value, write.session && context.session);
  }
  if ("put" in write) {
    if (!entry) return createStep(context, write.put, path, write.value, undefined);
    return setStep(write.put, path, write.value, dataVersionOf(entry));
  }
  if ("update" in write) {
    return { ...setStep(write.update.key, path, write.value, assertUnchanged(write.update, entry)), ...same(found) };
  }
  if (typeof write.remove === "string") return removeStep(write.remove, path, entry && -1, withChildren);
  return { ...removeStep(write.remove.key, path, assertUnchanged(write.remove, entry), withChildren), ...same(found) };
}

function createStep(
  { acl }: CommitContext,
  key: Key,
  path: string,
  value: Uint8Array,
  session: string | undefined,
): Step {
  const mode = session === undefined ? createMode.persistent : createMode.ephemeral;
  const left = (_: OpResult, zxid: bigint): Entry => ({
    key,
    value: Buffer.from(value),
    version: versionOf({ mzxid: zxid, version: 0 }),
    order: zxid,
    session,
  });
  return { key, ops: [{ op: "create", path, data: value, acl, mode }], left };
}

function setStep(key: Key, path: string, value: Uint8Array, version: number): Step {
  const left = ({ stat }: OpResult): Entry => {
    if (!stat) throw new Error("a node that was set has a stat");
    return entryOf(key, { data: Buffer.from(value), stat });
  };
  return { key, ops: [{ op: "setData", path, data: value, version }], left };
}

/** An entry with something below it can't be removed from the tree: its node becomes a directory. */
function removeStep(key: Key, path: string, version: number | undefined, withChildren: Set<string>): Step {
  if (version === undefined) return { key, ops: [] };
  if (withChildren.has(path)) return { key, ops: [{ op: "setData", path, data: null, version }] };
  return { key, ops: [{ op: "remove", path, version }] };
}

/** A contender's key is never used again. */
const same = ({ path, entry, creations }: Found): Pick<Step, "sameIn"> =>
  entry === undefined || creations === undefined || isContender(entry.key)
    ? {}
    : { sameIn: { directory: parentPath(path), since: creations } };

interface Placed {
  readonly op: Op;
  /** `undefined`: for several at once. */
  readonly step: Step | undefined;
}

/** Goes before everything else, since that may create something in the same directories. */
function sameness({ acl }: CommitContext, steps: readonly Step[]): Placed[] {
  const creations = new Map<string, Creations>();
  for (const { sameIn } of steps) {
    if (!sameIn) continue;
    const { directory, since } = sameIn;
    creations.set(directory, Math.min(since, creations.get(directory) ?? since)); // the one read first holds for both
  }
  return [...creations].flatMap(([directory, since]) =>
    nothingCreated(directory, since, acl).map((op) => ({ op, step: undefined })),
  );
}

/** Guards first; then what is removed, the deepest first; then what is made or set, the highest first. */
function inOrder(steps: readonly Step[]): (Placed & { readonly step: Step })[] {
  const placed = steps.flatMap((step) => step.ops.map((op) => ({ op, step })));
  const isWrite = ({ step }: { readonly step: Step }) => step.ops.length === 1 && step.ops[0]?.op !== "check";
  const removals = placed.filter((each) => isWrite(each) && each.op.op === "remove");
  const others = placed.filter((each) => isWrite(each) && each.op.op !== "remove");
  const byPath = (a: Placed, b: Placed) => (a.op.path < b.op.path ? -1 : 1);
  return [...placed.filter((each) => !isWrite(each)), ...removals.sort(byPath).reverse(), ...others.sort(byPath)];
}

function committed(
  writes: readonly Step[],
  ops: readonly Placed[],
  { zxid, value }: Answer<readonly OpResult[]>,
): Committed {
  const resultOf = (step: Step) => value[ops.findIndex((placed) => placed.step === step)] ?? {};
  return { revision: zxid, entries: writes.map((step) => step.left?.(resultOf(step), zxid)) };
}

interface Failure {
  readonly code: number;
  readonly zxid: bigint;
  readonly withChildren: Set<string>;
}

/** What a failure shows: a directory is missing, an entry has something below it, or the plan was made on old news. */
function learn({ directories }: CommitContext, { op, path }: Op, { code, zxid, withChildren }: Failure): void {
  if (code === errorCode.notEmpty) withChildren.add(path);
  else if (code === errorCode.noNode && op === "create") directories.vanished(parentPath(path));
  else if (code !== errorCode.noNode && code !== errorCode.nodeExists && code !== errorCode.badVersion) {
    throw new RefusedError(code, zxid);
  }
}

/** The directories that the commit needs and doesn't make itself. */
async function prepareParents({ send, directories }: CommitContext, ops: readonly Placed[]): Promise<void> {
  const made = new Set(ops.flatMap(({ op, step }) => (step && op.op === "create" ? op.path : [])));
  const parents = new Set([...made].map(parentPath).filter((path) => !made.has(path)));
  await Promise.all([...parents].map((path) => directories.prepare(send, path)));
}

function assertUnchanged(expected: Entry, actual: Entry | undefined): number {
  if (actual?.version !== expected.version) throw conflict(expected.key, `in version ${expected.version}`, actual);
  return dataVersionOf(actual);
}

const conflict = (key: Key, expected: string, actual: Entry | undefined) =>
  new ConflictError(key, expected, actual ? `it is there in version ${actual.version}` : "it is absent");
