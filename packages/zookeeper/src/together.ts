import type { Committed, Key } from "@coord/core/spi";
import { Bundle } from "./bundle.ts";
import { type Asked, type CommitContext, commit, write } from "./commit.ts";
import { committed, inOrder, type Placed, planned, type Step, sameness } from "./plan.ts";
import type { Outcome, Settle } from "./rounds.ts";
import { keysOf, lookAt } from "./seen.ts";
import { UnansweredError } from "./wire/answers.ts";

/**
 * Several commits with one look and one transaction. What can't go with the others, or didn't because something has changed
 * meanwhile, goes by itself afterwards.
 */
export async function commitTogether(
  context: CommitContext,
  all: readonly Asked[],
  settle: Settle<Asked, Committed>,
): Promise<void> {
  const left = new Set(all);
  if (all.length > 1) {
    await tryTogether(context, all.filter(independent()), (asked, outcome) => {
      left.delete(asked);
      settle(asked, outcome);
    });
  }
  for (const each of left) settle(each, await outcomeOf(commit(context, each)));
}

/** Whether one touches nothing that those before it touch, so that the order of the calls is no matter. */
function independent(): (asked: Asked) => boolean {
  const touched = new Set<Key>();
  return ({ what, signal }) => {
    const keys = keysOf(what);
    const isFree = !signal?.aborted && !keys.some((key) => touched.has(key));
    for (const key of keys) touched.add(key);
    return isFree;
  };
}

interface Member {
  readonly asked: Asked;
  readonly steps: readonly Step[];
  readonly ops: readonly Placed[];
}

async function tryTogether(
  context: CommitContext,
  all: readonly Asked[],
  settle: Settle<Asked, Committed>,
): Promise<void> {
  const { acl } = context;
  const members = await membersOf(context, all, settle);
  const steps = members.flatMap((member) => member.steps);
  const ops = [...sameness(acl, steps), ...members.flatMap((member) => member.ops)];
  if (members.length < 2) return;
  const answer = await write(context, ops, false).catch((error) => {
    if (error instanceof UnansweredError) for (const { asked } of members) settle(asked, { error });
  });
  if (!answer || "failed" in answer.value) return;
  for (const { asked, steps } of members) {
    const writes = steps.slice(asked.what.guards?.length ?? 0);
    settle(asked, { result: committed(writes, ops, { zxid: answer.zxid, value: answer.value.done }) });
  }
}

/** Those that find what they ask for, and may share a transaction: nobody, where one of them asks for what can't be looked at. */
async function membersOf(
  context: CommitContext,
  all: readonly Asked[],
  settle: Settle<Asked, Committed>,
): Promise<Member[]> {
  const { acl, send } = context;
  const keys = all.flatMap(({ what }) => keysOf(what));
  const seen = await lookAt(send, keys).catch((error) => {
    if (error instanceof UnansweredError) throw error;
  });
  if (!seen) return [];
  const bundle = new Bundle();
  return all.flatMap((asked) => {
    try {
      const steps = planned({ acl, session: asked.session, withChildren: new Set() }, asked.what, seen);
      const ops = inOrder(steps);
      return ops.length > 0 && bundle.takes(ops.map(({ op }) => op)) ? [{ asked, steps, ops }] : [];
    } catch (error) {
      settle(asked, { error });
      return [];
    }
  });
}

const outcomeOf = (work: Promise<Committed>): Promise<Outcome<Committed>> =>
  work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
