import type { Coord } from "@coord/core";
import { eachOf } from "@coord/core/recipe";
import { type Comparison, compare } from "./compare.ts";
import { type DirectoryOptions, type Pair, pairsOf } from "./directory.ts";
import { pairsIn } from "./paths.ts";
import { assertRate, defaultRate } from "./rate.ts";
import { Reconciler } from "./reconcile.ts";
import { BatchWriter } from "./writing.ts";

export interface CopyOptions extends DirectoryOptions {
  /** The most writes in a second, for each of `directories` with all that is copied of it. Default 2000. */
  readonly maxWritesPerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Copied extends Comparison {
  /** What the target can't take, by key of the source: too large. */
  readonly refused: ReadonlyMap<string, Error>;
}

/**
 * Copies the direct children of these directories, or all that lies below them, from one store to another, once, and compares both afterwards: what a writer
 * changed meanwhile, or the target can't take, shows there. What the target has of its own stays; nothing is removed. Entries bound to a
 * session are left out and listed. Interrupted, it is begun again: what is there already isn't written twice.
 *
 * @throws UsageError; AuthError; ClosedError; the signal's own reason
 */
export async function copy(source: Coord, target: Coord, options: CopyOptions): Promise<Copied> {
  const { maxWritesPerSecond = defaultRate, deep = false, signal } = options;
  assertRate(maxWritesPerSecond);
  const refused = await Promise.all(
    pairsOf(source, target, options).map(async (root) => {
      const writer = new BatchWriter(root.to.context, maxWritesPerSecond);
      const pairs = deep ? [...(await pairsIn(root, [root.from], signal)).values()] : [root];
      return eachOf(pairs, (pair) => copyPair(pair, writer, signal));
    }),
  );
  return { ...(await compare(source, target, options)), refused: new Map(refused.flat(2)) };
}

async function copyPair(pair: Pair, writer: BatchWriter, signal: AbortSignal | undefined) {
  const reconciler = new Reconciler(pair, writer, undefined);
  await reconciler.approach(await pair.from.read(signal), () => false, signal);
  return [...reconciler.progress.refused];
}
