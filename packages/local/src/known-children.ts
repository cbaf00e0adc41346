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

  knows(key: Key): boolean {
    return this.#known.has(parentOf(key));
  }

  entry(key: Key): Entry | undefined {
    const { entries = [], index } = this.#find(key);
    return entries[index]?.key === key ? entries[index] : undefined;
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
    const { entries, index } = this.#find(key);
    if (!entries) return;
    const old = entries[index]?.key === key ? [entries[index]] : [];
    const now = entry ? [entry] : [];
    entries.splice(index, old.length, ...now);
    this.#bytes += now.reduce((sum, each) => sum + sizeOf(each), 0) - old.reduce((sum, each) => sum + sizeOf(each), 0);
    if (this.#bytes > maxBytes) this.forget();
  }

  /** Reads anew what these commits wrote; if that is not known, everything in its time. */
  follow(changes: readonly Change[] | undefined, read: (key: Key) => Entry | undefined): void {
    if (!changes) return this.forget();
    for (const key of changes.flatMap(({ keys }) => keys)) if (this.knows(key)) this.change(key, read(key));
  }

  forget(): void {
    this.#known.clear();
    this.#bytes = 0;
  }

  /** Where the key is in its directory, or belongs. */
  #find(key: Key): { readonly entries: Entry[] | undefined; readonly index: number } {
    const entries = this.#known.get(parentOf(key));
    let [index, end] = [0, entries?.length ?? 0];
    while (index < end) {
      const middle = (index + end) >> 1;
      if ((entries?.[middle]?.key ?? "") < key) index = middle + 1;
      else end = middle;
    }
    return { entries, index };
  }
}

const sizeOfName = (key: Key): number => 2 * key.length + 200;
const sizeOf = ({ key, value }: Entry): number => sizeOfName(key) + value.length;
