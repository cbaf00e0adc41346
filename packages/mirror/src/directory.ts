import { type Coord, type Entry, UsageError } from "@coord/core";
import { contextOf, isTransient, joinKey, type Key, type RecipeContext, retry, toKey } from "@coord/core/recipe";

export interface DirectoryOptions {
  /** The names whose direct children are meant; `""` for the topmost. What lies deeper is named by itself. */
  readonly directories: readonly string[];
  /** A prefix for the names in the target. Default: the same names. */
  readonly into?: string | undefined;
}

/** One directory in one store. */
export class Directory {
  readonly key: Key;
  readonly context: RecipeContext;

  constructor(coord: Coord, key: Key) {
    this.key = key;
    this.context = contextOf(coord, key);
  }

  /** The key of the child that has this last segment. */
  at(segment: string): Key {
    return joinKey(this.key, segment);
  }

  /** Its entries by their last segment, linearizable; tried until the store can be reached. */
  async read(signal?: AbortSignal): Promise<ReadonlyMap<string, Entry>> {
    const { store, runtime } = this.context;
    const when = (error: unknown) => isTransient(error) && !signal?.aborted;
    const { entries } = await retry(runtime, () => store.list(this.key, { signal }), { signal, when });
    return this.bySegment(entries);
  }

  bySegment(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
    const cut = this.key === "" ? 0 : this.key.length + 1;
    return new Map(entries.map((entry) => [entry.key.slice(cut), entry]));
  }
}

/** A directory of the source and the one in the target that is to be like it. */
export interface Pair {
  readonly from: Directory;
  readonly to: Directory;
}

export function pairsOf(source: Coord, target: Coord, { directories, into }: DirectoryOptions): readonly Pair[] {
  if (!Array.isArray(directories) || directories.length === 0)
    throw new UsageError('`directories` must name at least one directory, such as "config".');
  const prefix = into === undefined ? "" : toKey(into);
  const pairs = [...new Set(directories)].map((name) => {
    const key = name === "" ? "" : toKey(name);
    return { from: new Directory(source, key), to: new Directory(target, joinKey(prefix, key)) };
  });
  for (const { from, to } of pairs) {
    if (from.key === to.key && from.context === to.context)
      throw new UsageError(
        `${JSON.stringify(from.key)} would be copied onto itself: give another target, or \`into\`.`,
      );
  }
  return pairs;
}

/** Bound to a session of the store it lies on, which no other store has. */
export const isEphemeral = ({ session }: Entry): boolean => session !== undefined;
