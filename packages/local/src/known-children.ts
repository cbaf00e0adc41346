import { type Entry, type Key, parentOf } from "@coord/core/spi";
import type { Change } from "@coord/memory";

/** Of values and keys; beyond that all is read anew. */
const maxBytes = 8 * 2 ** 20;

/**
 * Children of directories as this process has read them, kept as they are in the file by what each later commit is told to have
 * written: so who stands in a line, or follows one, doesn't read all of it again.
 */
export class KnownChildren {
  /** The children of each, by key. */
  readonly #known = new Map<Key, Entry[]>();
  #bytes = 0;

  get empty(): boolean {
    return this.#known.size === 0;
  }

  children(under: Key): readonly Entry[] | undefined {
    return this.#known.get(under);
  }

  /** `null`: it is known that there is none. */
  entry(key: Key): Entry | null | undefined {
    const entries = this.#known.get(parentOf(key));
    if (!entries) return undefined;
    const found = entries[placeOf(key, entries)];
    return found?.key === key ? found : null;
  }

  learn(under: Key, entries: Entry[]): void {
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), sizeOfName(under));
    if (this.#bytes + bytes > maxBytes) this.forget();
    if (bytes > maxBytes) return;
    this.#known.set(under, entries);
    this.#bytes += bytes;
  }

  /** What is at this key now: an entry, or nothing. */
  change(key: Key, entry: Entry | undefined): void {
    const entries = this.#known.get(parentOf(key));
    if (!entries) return;
    const index = placeOf(key, entries);
    const old = entries[index]?.key === key ? entries[index] : undefined;
    if (old && entry) entries[index] = entry;
    else if (old) entries.splice(index, 1);
    else if (entry) entries.splice(index, 0, entry);
    this.#bytes += sizeOf(entry) - sizeOf(old);
    if (this.#bytes > maxBytes) this.forget();
  }

  /** Reads anew what these commits wrote; if that is not known, everything in its time. */
  follow(changes: readonly Change[] | undefined, read: (key: Key) => Entry | undefined): void {
    if (!changes) return this.forget();
    for (const key of changes.flatMap(({ keys }) => keys))
      if (this.entry(key) !== undefined) this.change(key, read(key));
  }

  forget(): void {
    this.#known.clear();
    this.#bytes = 0;
  }
}

/** Where the key is among these, or belongs. */
function placeOf(key: Key, entries: readonly Entry[]): number {
  let index = 0;
  let end = entries.length;
  while (index < end) {
    const middle = (index + end) >> 1;
    if ((entries[middle]?.key ?? "") < key) index = middle + 1;
    else end = middle;
  }
  return index;
}

const sizeOfName = (key: Key): number => 2 * key.length + 200;
const sizeOf = (entry: Entry | undefined): number => (entry ? sizeOfName(entry.key) + entry.value.length : 0);
