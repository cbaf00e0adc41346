import type { Entry } from "@coord/core";
import { lasting, onAbort, type RecipeContext } from "@coord/core/recipe";
import { type Candidate, decodeProposal } from "./proposal.ts";

export interface Leader<Data = unknown> extends Candidate<Data> {
  /** The store is out of sight: this is the last leader known, and there may be another one. */
  readonly stale: boolean;
}

/** Who stands in line, in their order: the first one leads. What was written there for good is no candidate. */
export function candidatesIn<Data>(entries: readonly Entry[]): readonly Candidate<Data>[] {
  return entries
    .filter(({ session }) => session !== undefined)
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map((entry) => decodeProposal<Data>(entry));
}

/**
 * The leader now and each later one, newest only, with each change of what it has published. Whoever leaves needn't wait for the next one.
 */
export function observing<Data>(
  context: RecipeContext,
  line: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Leader<Data> | null, void, undefined> {
  const left = new AbortController();
  const leaveSignal = onAbort(signal, () => left.abort("aborted"));
  const leaders = leadersOf<Data>(context, line, left.signal);
  const leave = leaders.return.bind(leaders);
  leaders.return = (value) => {
    leaveSignal();
    left.abort("left");
    return leave(value);
  };
  return leaders;
}

async function* leadersOf<Data>(
  context: RecipeContext,
  line: string,
  signal: AbortSignal,
): AsyncGenerator<Leader<Data> | null, void, undefined> {
  const { store, logger } = context;
  const failed = (error: unknown) => logger.warn({ error, line }, "the leaders can't be observed; trying again");
  const watch = () => store.watch({ under: line }, { signal });
  let shown: string | undefined;
  let highest = 0n;
  let seen: number | undefined;
  for await (const { entries, stale, history } of lasting(context, watch, { signal, failed })) {
    if (history !== seen) highest = 0n; // in a store that was set back terms begin again where it stood then
    seen = history;
    const [first] = candidatesIn<Data>(entries);
    if (first && first.term < highest) {
      logger.error(
        { line, term: first.term, highest },
        "the store shows an older leader: was it restored from a copy?",
      );
      continue;
    }
    highest = first?.term ?? highest;
    const leader = first ? { ...first, stale } : null;
    const told = fingerprint(leader);
    if (told === shown || (leader === null && stale && shown === undefined)) continue;
    shown = told;
    yield leader;
  }
}

const fingerprint = (leader: Leader | null) =>
  JSON.stringify(leader, (_, value) => (typeof value === "bigint" ? String(value) : value));
