import type { Entry, Key } from "@coord/core/spi";
import { entryOf } from "./entries.ts";
import type { Kept } from "./view.ts";

/** From so large a part of them on, all are put in order anew. */
const largePart = 8;

export const inOrderOfKeys = (kept: ReadonlyMap<Key, Kept>): readonly Entry[] =>
  [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => entryOf(key, each));

/** The same entries after these keys have changed, at the cost of those; `undefined` where there are too many of them. */
export function changedInOrder(
  entries: readonly Entry[],
  keys: ReadonlySet<Key>,
  kept: ReadonlyMap<Key, Kept>,
): readonly Entry[] | undefined {
  if (keys.size > 1 + entries.length / largePart) return undefined;
  const changed = [...entries];
  for (const key of keys) {
    const at = placeOf(key, changed);
    const now = kept.get(key);
    changed.splice(at, changed[at]?.key === key ? 1 : 0, ...(now ? [entryOf(key, now)] : []));
  }
  return changed;
}

/** Where it is, or would be. */
function placeOf(key: Key, entries: readonly Entry[]): number {
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((entries[middle]?.key ?? "") < key) from = middle + 1;
    else to = middle;
  }
  return from;
}
