import { type Coord, type Entry, UsageError } from "@coord/core";
import { contextOf, isTransient, joinKey, type Key, type RecipeContext, retry, toKey } from "@coord/core/recipe";

export interface DirectoryOptions {
  /** The names whose direct children are meant; `""` for the topmost. What lies deeper is named by itself, unless `deep`. */
  readonly directories: readonly string[];
  /** Whether all that lies deeper is meant too, whatever it is called. Default: only the direct children. */
  readonly deep?: boolean | undefined;
  /** A prefix for the names in the target. Default: the same names. */
  readonly into?: string | undefined;
}

/** Where one lies, and by what the names below it are found. */
type Whereabouts = Pick<RecipeContext, "store">;

/** One directory in one store. */
export class Directory {
  readonly key: Key;
  readonly context: RecipeContext;
  readonly #whereabouts: Whereabouts;

  private constructor(key: Key, context: RecipeContext, whereabouts: Whereabouts) {
    this.key = key;
    this.context = context;
    this.#whereabouts = whereabouts;
  }

  /** What lies below it is asked of the whole client, which refuses where that is not on one store. */
  static of(coord: Coord, key: Key): Directory {
    return new Directory(key, contextOf(coord, key), contextOf(coord));
  }

  /** Another one on the same store, whatever the names of the client say. */
  beside(key: Key): Directory {
    return new Directory(key, this.context, this.context);
  }

  /** One that lies in it, by the way there. */
  below(path: Key): Directory {
    return new Directory(joinKey(this.key, path), this.context, this.#whereabouts);
  }

  /** The key of the child that has this last segment. */
  at(segment: string): Key {
    return joinKey(this.key, segment);
  }

  /** Its entries by their last segment, linearizable; tried until the store can be reached. */
  async read(signal?: AbortSignal): Promise<ReadonlyMap<string, Entry>> {
    const { store } = this.context;
    const { entries } = await this.#patiently(() => store.list(this.key, { signal }), signal);
    return this.bySegment(entries);
  }

  /** The last segments of its children that something lies below; tried until the store can be reached. */
  async directories(signal?: AbortSignal): Promise<readonly string[]> {
    const { store } = this.#whereabouts;
    const keys = await this.#patiently(() => store.directories(this.key, { signal }), signal);
    return keys.map((key) => this.#segmentOf(key));
  }

  bySegment(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
    return new Map(entries.map((entry) => [this.#segmentOf(entry.key), entry]));
  }

  #segmentOf(child: Key): string {
    return this.key === "" ? child : child.slice(this.key.length + 1);
  }

  #patiently<T>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const when = (error: unknown) => isTransient(error) && !signal?.aborted;
    return retry(this.context.runtime, read, { signal, when });
  }
}

/** A directory of the source and the one in the target that is to be like it. */
export interface Pair {
  readonly from: Directory;
  readonly to: Directory;
}

export function pairsOf(source: Coord, target: Coord, { directories, deep, into }: DirectoryOptions): readonly Pair[] {
  if (!Array.isArray(directories) || directories.length === 0)
    throw new UsageError('`directories` must name at least one directory, such as "config".');
  const prefix = into === undefined ? "" : toKey(into);
  const pairs = [...new Set(directories)].map((name) => {
    const key = name === "" ? "" : toKey(name);
    return { from: Directory.of(source, key), to: Directory.of(target, joinKey(prefix, key)) };
  });
  for (const { from, to } of pairs) {
    if (from.context === to.context && (deep ? overlap(from.key, to.key) : from.key === to.key))
      throw new UsageError(
        `${JSON.stringify(from.key)} would be copied onto itself: give another target, or \`into\`.`,
      );
  }
  return pairs;
}

const overlap = (a: Key, b: Key): boolean => covers(a, b) || covers(b, a);
const covers = (above: Key, key: Key): boolean => above === "" || key === above || key.startsWith(`${above}/`);

/** Bound to a session of the store it lies on, which no other store has. */
export const isEphemeral = ({ session }: Entry): boolean => session !== undefined;
