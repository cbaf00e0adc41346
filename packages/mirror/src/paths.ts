import { joinKey, type Key, walk } from "@coord/core/recipe";
import type { Directory, Pair } from "./directory.ts";
import { ledgerName } from "./ledger.ts";

/** The pairs of all directories that lie in one of `sides`, which are this pair's own or stand for one of them. */
export async function pairsIn(
  { from, to }: Pair,
  sides: readonly Directory[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Key, Pair>> {
  const paths = (await Promise.all(sides.map((side) => pathsIn(side, signal)))).flat();
  return new Map(["", ...paths].map((path) => [path, { from: from.below(path), to: to.below(path) }]));
}

/** The ways from a directory to all that lie in it. The notes of mirrors are of no use elsewhere. */
function pathsIn(root: Directory, signal: AbortSignal | undefined): Promise<readonly Key[]> {
  return walk("", async (path) => {
    const segments = await root.below(path).directories(signal);
    return segments.map((segment) => joinKey(path, segment)).filter((deeper) => root.at(deeper) !== ledgerName);
  });
}
