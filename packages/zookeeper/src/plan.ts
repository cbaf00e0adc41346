import {
  type Commit,
  type Committed,
  ConflictError,
  type Entry,
  type Guard,
  type Key,
  type Write,
} from "@coord/core/spi";
import { isContender } from "./contenders.ts";
import { type Creations, nothingCreated } from "./incarnation.ts";
import { dataVersionOf, entryOf, parentPath, pathOf, versionOf } from "./nodes.ts";
import type { Found } from "./reading.ts";
import { keyGuarded, keyWritten, type Seen } from "./seen.ts";
import type { Answer } from "./wire/answers.ts";
import type { Op, OpResult } from "./wire/ops.ts";
import { type Acl, createMode } from "./wire/records.ts";

/** A guard or a write, as operations of ZooKeeper, and what it leaves behind. */
export interface Step {
  readonly key: Key;
  readonly ops: readonly Op[];
  /** Where it holds only if nothing was created there since, lest a node made anew be taken for the one that is meant. */
  readonly sameIn?: { readonly directory: string; readonly since: Creations } | undefined;
  readonly left?: (result: OpResult, zxid: bigint) => Entry;
}

/** What steps are made with. */
export interface PlanRules {
  readonly acl: readonly Acl[];
  /** The session that what is created with one is bound to. */
  readonly session: string | undefined;
  /** Entries that turned out to have something below them, besides those that the commit itself makes something below. */
  readonly withChildren: ReadonlySet<string>;
}

/**
 * The steps of the guards, then those of the writes.
 *
 * @throws ConflictError where what is seen isn't what the commit asks for
 */
export function planned(given: PlanRules, { guards = [], writes }: Commit, { at }: Seen): Step[] {
  const filled = writes.length > 1 ? writes.flatMap(filledBy) : [];
  const rules = filled.length > 0 ? { ...given, withChildren: new Set([...given.withChildren, ...filled]) } : given;
  return [
    ...guards.map((guard) => stepOfGuard(rules, guard, at(keyGuarded(guard)))),
    ...writes.map((write) => stepOfWrite(rules, write, at(keyWritten(write)))),
  ];
}

/** What has something below it once the write is done. */
const filledBy = (write: Write): readonly string[] =>
  "create" in write || "put" in write ? [parentPath(pathOf(keyWritten(write)))] : [];

function stepOfGuard({ acl }: PlanRules, guard: Guard, found: Found): Step {
  const { path, entry } = found;
  if ("exists" in guard) {
    if (!entry) throw conflict(guard.exists, "to exist", entry);
    // in its version, since the node of an entry that goes stays where something is below it, or a directory takes its place
    return { key: guard.exists, ops: [{ op: "check", path, version: dataVersionOf(entry) }], ...same(found) };
  }
  if ("absent" in guard) {
    if (entry) throw conflict(guard.absent, "to be absent", entry);
    const create: Op = { op: "create", path, data: null, acl, mode: createMode.persistent };
    return { key: guard.absent, ops: [create, { op: "remove", path, version: -1 }] };
  }
  const { key } = guard.unchanged;
  return { key, ops: [{ op: "check", path, version: assertUnchanged(guard.unchanged, entry) }], ...same(found) };
}

function stepOfWrite(rules: PlanRules, write: Write, found: Found): Step {
  const { withChildren } = rules;
  const { path, entry } = found;
  if ("create" in write) {
    if (entry) throw conflict(write.create, "to be absent", entry);
    return createStep(rules, write.create, path, write.value, write.session && rules.session);
  }
  if ("put" in write) {
    if (!entry) return createStep(rules, write.put, path, write.value, undefined);
    return setStep(write.put, path, write.value, dataVersionOf(entry));
  }
  if ("update" in write) {
    return { ...setStep(write.update.key, path, write.value, assertUnchanged(write.update, entry)), ...same(found) };
  }
  if (typeof write.remove === "string") return removeStep(write.remove, path, entry && -1, withChildren);
  return { ...removeStep(write.remove.key, path, assertUnchanged(write.remove, entry), withChildren), ...same(found) };
}

function createStep({ acl }: PlanRules, key: Key, path: string, value: Uint8Array, session: string | undefined): Step {
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
function removeStep(key: Key, path: string, version: number | undefined, withChildren: ReadonlySet<string>): Step {
  if (version === undefined) return { key, ops: [] };
  if (withChildren.has(path)) return { key, ops: [{ op: "setData", path, data: null, version }] };
  return { key, ops: [{ op: "remove", path, version }] };
}

/** A contender's key is never used again. */
const same = ({ path, entry, creations }: Found): Pick<Step, "sameIn"> =>
  entry === undefined || creations === undefined || isContender(entry.key)
    ? {}
    : { sameIn: { directory: parentPath(path), since: creations } };

export interface Placed {
  readonly op: Op;
  /** `undefined`: for several at once. */
  readonly step: Step | undefined;
}

/** Goes before everything else, since that may create something in the same directories. */
export function sameness(acl: readonly Acl[], steps: readonly Step[]): Placed[] {
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
export function inOrder(steps: readonly Step[]): (Placed & { readonly step: Step })[] {
  const placed = steps.flatMap((step) => step.ops.map((op) => ({ op, step })));
  const isWrite = ({ step }: { readonly step: Step }) => step.ops.length === 1 && step.ops[0]?.op !== "check";
  const removals = placed.filter((each) => isWrite(each) && each.op.op === "remove");
  const others = placed.filter((each) => isWrite(each) && each.op.op !== "remove");
  const byPath = (a: Placed, b: Placed) => (a.op.path < b.op.path ? -1 : 1);
  return [...placed.filter((each) => !isWrite(each)), ...removals.sort(byPath).reverse(), ...others.sort(byPath)];
}

export function committed(
  writes: readonly Step[],
  ops: readonly Placed[],
  { zxid, value }: Answer<readonly OpResult[]>,
): Committed {
  const resultOf = (step: Step) => value[ops.findIndex((placed) => placed.step === step)] ?? {};
  return { revision: zxid, entries: writes.map((step) => step.left?.(resultOf(step), zxid)) };
}

function assertUnchanged(expected: Entry, actual: Entry | undefined): number {
  if (actual?.version !== expected.version) throw conflict(expected.key, `in version ${expected.version}`, actual);
  return dataVersionOf(actual);
}

const conflict = (key: Key, expected: string, actual: Entry | undefined) =>
  new ConflictError(key, expected, actual ? `it is there in version ${actual.version}` : "it is absent");
