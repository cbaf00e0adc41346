import type { Entry, Owner } from "@coord/core";
import { decodeOwner, reportForeign } from "@coord/core/recipe";
import type { Lock } from "./lock.ts";

/** A contender as its entry tells; the owner is `undefined` where another program wrote it. */
export interface Contestant extends Partial<Owner> {
  readonly token: bigint;
}

export const contestant = ({ order, value }: Entry): Contestant => ({ ...decodeOwner(value), token: order });

/** What `inspect()` of each kind of lock tells besides. */
export interface LineState {
  /** How many of those in line another program made, or can't be read. They have their turn like all others, and show a token alone. */
  readonly foreign: number;
}

interface EntriesInLine extends LineState {
  readonly entries: readonly Entry[];
}

/** The entries of all who stand in line, in their order; what was written there for good stands in no line. */
export async function entriesInLine({ context, key }: Pick<Lock, "context" | "key">): Promise<EntriesInLine> {
  const { entries } = await context.store.list(key);
  const standing = entries.filter(({ session }) => session !== undefined);
  const foreign = standing.filter(({ value }) => decodeOwner(value) === undefined);
  reportForeign(
    context,
    key,
    foreign.map((entry) => entry.key),
  );
  return { entries: standing.toSorted((a, b) => (a.order < b.order ? -1 : 1)), foreign: foreign.length };
}
