import { type Entry, ValidationError, type Version } from "@coord/core";
import { isSame, segmentOf, toName } from "@coord/core/recipe";
import type { Values } from "./values.ts";

/** One entry of a map, as this node holds it. */
export interface SharedEntry<T> {
  readonly key: string;
  readonly value: T;
  /** Changes with every write: what `ifVersion` names. */
  readonly version: Version;
  /** When it was created, in the store's one total order: another one under the same key is another entry. */
  readonly order: bigint;
  /** It goes with the session of the client that made it. */
  readonly owned: boolean;
}

/** What stands in the store under a name of the map and can't be read; it is left out. */
export interface Rejection {
  readonly key: string;
  readonly version: Version;
  readonly error: ValidationError;
}

/** `replaced`: removed and made anew since it was seen last; for whoever counts creations that is not an update. */
export interface MapChange<T> {
  readonly kind: "added" | "updated" | "replaced" | "removed";
  readonly key: string;
  readonly now: SharedEntry<T> | undefined;
  readonly before: SharedEntry<T> | undefined;
}

/** All entries of a map at one revision. Never changed, but replaced as a whole: no reader sees half of a change. */
export class Contents<T> {
  readonly entries: ReadonlyMap<string, SharedEntry<T>>;
  readonly rejected: ReadonlyMap<string, Rejection>;
  readonly revision: bigint;
  /** Both in the words of the store. */
  readonly #found: ReadonlyMap<string, Entry>;

  constructor(
    revision = 0n,
    entries: ReadonlyMap<string, SharedEntry<T>> = new Map(),
    rejected: ReadonlyMap<string, Rejection> = new Map(),
    found: ReadonlyMap<string, Entry> = new Map(),
  ) {
    this.revision = revision;
    this.entries = entries;
    this.rejected = rejected;
    this.#found = found;
  }

  /** An entry in the words of the store. */
  stored(key: string): Entry | undefined {
    return this.entries.has(key) ? this.#found.get(key) : undefined;
  }

  /** What the store shows now. Only what has changed is decoded. */
  async next(found: readonly Entry[], revision: bigint, under: string, values: Values<T>): Promise<Contents<T>> {
    const entries = new Map<string, SharedEntry<T>>();
    const rejected = new Map<string, Rejection>();
    const stored = new Map<string, Entry>();
    for (const entry of found) {
      const segment = entry.key.slice(under.length + 1);
      const key = toName(segment);
      const seen = this.#known(key, entry) ?? (await read(key, segment, entry, values));
      if ("error" in seen) rejected.set(key, seen);
      else entries.set(key, seen);
      stored.set(key, entry);
    }
    return new Contents(revision, entries, rejected, stored);
  }

  /** What has changed since `before`, which this was made of, by key. */
  changesSince(before: Contents<T>): readonly MapChange<T>[] {
    const keys = new Set([...before.entries.keys(), ...this.entries.keys()]);
    const changes = [...keys].flatMap((key) => change(key, before.entries.get(key), this.entries.get(key)) ?? []);
    return changes.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  rejectedSince(before: Contents<T>): readonly Rejection[] {
    return [...this.rejected.values()].filter((each) => before.rejected.get(each.key) !== each);
  }

  #known(key: string, entry: Entry): SharedEntry<T> | Rejection | undefined {
    const before = this.#found.get(key);
    return before && isSame(before, entry) ? (this.entries.get(key) ?? this.rejected.get(key)) : undefined;
  }
}

export async function sharedEntry<T>(key: string, entry: Entry, values: Values<T>): Promise<SharedEntry<T>> {
  const { version, order, session } = entry;
  const value = await values.decoded(entry.value, JSON.stringify(key));
  return Object.freeze({ key, value, version, order, owned: session !== undefined });
}

async function read<T>(
  key: string,
  segment: string,
  entry: Entry,
  values: Values<T>,
): Promise<SharedEntry<T> | Rejection> {
  try {
    if (!isOurs(key, segment)) throw new ValidationError(`${JSON.stringify(segment)} is no key of a map.`, []);
    return await sharedEntry(key, entry, values);
  } catch (error) {
    if (error instanceof ValidationError) return { key, version: entry.version, error };
    throw error;
  }
}

/** Written by this library: somebody else's spelling of a key would be a second entry beside the one that is meant. */
function isOurs(key: string, segment: string): boolean {
  try {
    return segmentOf(key) === segment;
  } catch {
    return false;
  }
}

function change<T>(
  key: string,
  before: SharedEntry<T> | undefined,
  now: SharedEntry<T> | undefined,
): MapChange<T> | undefined {
  if (before === now) return undefined;
  const kind = !before ? "added" : !now ? "removed" : before.order === now.order ? "updated" : "replaced";
  return { kind, key, now, before };
}
