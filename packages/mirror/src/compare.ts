import type { Coord } from "@coord/core";
import { eachOf } from "@coord/core/recipe";
import { type DirectoryOptions, isEphemeral, type Pair, pairsOf } from "./directory.ts";
import { pairsIn } from "./paths.ts";

/** In what the target differs from the source, by the keys of the source. */
export interface Comparison {
  /** Nothing is missing or different. */
  readonly same: boolean;
  /** How many entries the source has, without the ephemeral ones. */
  readonly entries: number;
  readonly missing: readonly string[];
  readonly different: readonly string[];
  /** In the target alone. */
  readonly extra: readonly string[];
  /** Bound to sessions of the source, and therefore left out. */
  readonly ephemeral: readonly string[];
}

export interface CompareOptions extends DirectoryOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads both and tells the difference, value by value. Each directory is read at one moment, the source first.
 *
 * @throws UsageError; AuthError; ClosedError; the signal's own reason
 */
export async function compare(source: Coord, target: Coord, options: CompareOptions): Promise<Comparison> {
  const { deep = false, signal } = options;
  const whole = async (pair: Pair) => [...(await pairsIn(pair, [pair.from, pair.to], signal)).values()];
  const roots = pairsOf(source, target, options);
  const pairs = deep ? (await Promise.all(roots.map(whole))).flat() : roots;
  const comparisons = await eachOf(pairs, (pair) => comparePair(pair, signal));
  return {
    same: comparisons.every(({ same }) => same),
    entries: comparisons.reduce((sum, { entries }) => sum + entries, 0),
    missing: comparisons.flatMap(({ missing }) => missing),
    different: comparisons.flatMap(({ different }) => different),
    extra: comparisons.flatMap(({ extra }) => extra),
    ephemeral: comparisons.flatMap(({ ephemeral }) => ephemeral),
  };
}

async function comparePair({ from, to }: Pair, signal: AbortSignal | undefined): Promise<Comparison> {
  const there = [...(await from.read(signal))];
  const here = await to.read(signal);
  const lasting = there.filter(([, entry]) => !isEphemeral(entry));
  const lastingSegments = new Set(lasting.map(([segment]) => segment));
  const keys = (some: readonly (readonly [string, unknown])[]) => some.map(([segment]) => from.at(segment));
  const missing = lasting.filter(([segment]) => !here.has(segment));
  const different = lasting.filter(([segment, { value }]) => {
    const found = here.get(segment);
    return found !== undefined && !sameBytes(found.value, value);
  });
  return {
    same: missing.length + different.length === 0,
    entries: lasting.length,
    missing: keys(missing),
    different: keys(different),
    extra: keys([...here].filter(([segment]) => !lastingSegments.has(segment))),
    ephemeral: keys(there.filter(([, entry]) => isEphemeral(entry))),
  };
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
