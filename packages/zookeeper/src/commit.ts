import { type Commit, type Committed, pause, type Runtime, UnavailableError } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import type { Directories, Trouble } from "./directories.ts";
import { parentPath } from "./nodes.ts";
import { committed, inOrder, type Placed, planned, sameness } from "./plan.ts";
import { guessed, keysOf, lookAt } from "./seen.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { MultiResult, Op } from "./wire/ops.ts";
import type { Acl } from "./wire/records.ts";
import type { Writing } from "./writing.ts";

export interface CommitContext {
  readonly send: Send;
  readonly writing: Writing;
  readonly acl: readonly Acl[];
  readonly directories: Directories;
  readonly runtime: Runtime;
}

/** A commit, and when nobody waits for it any more. */
export interface Asked {
  readonly what: Commit;
  readonly signal: AbortSignal | undefined;
  /** The session that what is created with one is bound to. */
  readonly session: string | undefined;
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
export async function commit(context: CommitContext, { what, signal, session }: Asked): Promise<Committed> {
  const { acl } = context;
  const { guards = [], writes } = what;
  const keys = keysOf(what);
  const withChildren = new Set<string>();
  let seen = guessed(guards, writes);
  let prepares = guards.length === 0;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt >= patientFrom) await giveWay(context, attempt, signal);
    signal?.throwIfAborted();
    seen ??= await lookAt(context.send, keys);
    const steps = planned({ acl, session, withChildren }, what, seen);
    const ops = [...sameness(acl, steps), ...inOrder(steps)];
    if (ops.length === 0) return { revision: seen.zxid, entries: writes.map(() => undefined) };
    const { zxid, value } = await write(context, ops, prepares);
    if ("done" in value) return committed(steps.slice(guards.length), ops, { zxid, value: value.done });
    const failed = ops[value.failed.index]?.op;
    if (!failed) throw new RefusedError(value.failed.code, zxid);
    learn(context, failed, { code: value.failed.code, zxid, withChildren });
    prepares ||= value.failed.code === errorCode.noNode && failed.op === "create";
    seen = undefined;
  }
  throw new UnavailableError(`What the commit touches kept changing; it did not happen. Try again.`, {
    operation: "commit",
    key: keys[0],
  });
}

/** Whoever goes on at once when others are in the way will meet them again. */
async function giveWay({ runtime }: CommitContext, attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(runtime, runtime.random() * Math.min(2 ** attempt, longestPauseMs), signal);
}

/**
 * Together with the directories that it needs, in one round trip. What is wrong with these matters once it is known that nothing was done.
 *
 * @param prepares whether to make them. What a guard may refuse goes without at first: the server doesn't remove a directory that never had anything in it
 */
export async function write(
  context: CommitContext,
  ops: readonly Placed[],
  prepares: boolean,
): Promise<Answer<MultiResult>> {
  const prepared = prepares ? prepareParents(context, ops) : [];
  const [answer, [trouble]] = await Promise.all([context.writing.write(ops.map(({ op }) => op)), prepared]);
  if (trouble && "failed" in answer.value) throw trouble.error;
  return answer;
}

/** The directories that the commit needs and doesn't make itself, or not in time: guards come first, and what one creates it removes again. */
async function prepareParents({ send, directories }: CommitContext, ops: readonly Placed[]): Promise<Trouble[]> {
  const creates = ops.filter(({ op, step }) => step && op.op === "create");
  const isWrite = ({ step }: Placed) => step?.ops.length === 1;
  const made = new Set(creates.filter(isWrite).map(({ op }) => op.path));
  const needing = creates.filter((each) => !isWrite(each) || !made.has(parentPath(each.op.path)));
  const parents = new Set(needing.map(({ op }) => parentPath(op.path)));
  const troubles = await Promise.all([...parents].map((path) => directories.prepare(send, path)));
  return troubles.flatMap((trouble) => trouble ?? []);
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
