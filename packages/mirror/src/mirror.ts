import type { Coord } from "@coord/core";
import { assertDuration, onAbort } from "@coord/core/recipe";
import { type Pair, pairsOf } from "./directory.ts";
import { ledgerOf } from "./ledger.ts";
import { Mirroring } from "./mirroring.ts";
import type { MirrorOptions } from "./options.ts";
import { assertRate, defaultRate } from "./rate.ts";
import { Reconciler } from "./reconcile.ts";
import { Tree } from "./tree.ts";
import { BatchWriter } from "./writing.ts";

const defaultDiscoverMs = 5_000;

/**
 * Keeps the direct children of these directories, or all that lies below them, in the target as they are in the source, until its
 * signal aborts: written, removed, and removed and made anew where they were so in the source. The source is the truth; what the
 * target had of its own before stays, unless the source has the same name. Which entry of the source each one is stands beside
 * it, in one step, in a ledger below `mirrors`; so a mirror that was killed goes on where it was. Entries bound to a session are left out.
 *
 * @throws UsageError; AuthError; ClosedError
 */
export async function mirror(source: Coord, target: Coord, options: MirrorOptions): Promise<void> {
  const { maxWritesPerSecond = defaultRate, deep = false, verifyMs, discoverMs = defaultDiscoverMs } = options;
  assertRate(maxWritesPerSecond);
  assertDuration("verifyMs", verifyMs);
  assertDuration("discoverMs", discoverMs);
  const over = new AbortController();
  const leave = onAbort(options.signal, () => over.abort("over"));
  const one = (root: Pair): Promise<void> => {
    const writer = new BatchWriter(root.to.context, maxWritesPerSecond);
    const start = (pair: Pair, signal: AbortSignal) =>
      new Mirroring(new Reconciler(pair, writer, ledgerOf(pair)), options, signal).run();
    return deep ? new Tree(root, start, discoverMs).run(over.signal) : start(root, over.signal);
  };
  try {
    await Promise.all(pairsOf(source, target, options).map(one));
  } finally {
    over.abort("over");
    leave();
  }
}
