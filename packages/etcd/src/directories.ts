import { childToward, type Key } from "@coord/core/spi";
import type { Batcher } from "./batch.ts";
import { type ReadOptions, rangeOf } from "./entries.ts";
import { keyOf, rangeBelow } from "./keys.ts";
import type { Keys } from "./wire/txn.ts";

/** As many keys are read at once: a child that has more below it is passed in one leap. */
const pageKeys = 1_000;

/**
 * The direct children that an entry lies below, from the keys alone, a page after the other. Between two pages a child is
 * either known or not begun yet, so none is missed whose entries only move within it.
 */
export async function directories(batcher: Batcher, under: Key, options: ReadOptions = {}): Promise<readonly Key[]> {
  const found = new Set<Key>();
  const range = rangeBelow(under);
  for (let from: Keys["key"] = range.key; ; ) {
    const keys = await keysIn(batcher, under, { ...range, key: from }, options);
    for (const key of keys) {
      const child = directoryOf(under, key);
      if (child !== undefined) found.add(child);
    }
    const last = keys.at(-1);
    if (!last || keys.length < pageKeys) return [...found].sort();
    from = after(under, last);
  }
}

async function keysIn(batcher: Batcher, under: Key, range: Keys, { signal }: ReadOptions): Promise<readonly Buffer[]> {
  const { responses } = await batcher.submit({
    operation: "directories",
    key: under,
    repeatable: true,
    signal,
    footprint: { lists: [under] },
    request: { success: [{ request_range: { ...range, limit: pageKeys, keys_only: true } }] },
  });
  return rangeOf(responses[0]).map(({ key }) => key);
}

/** Where the next page begins: past all that lies below the child that the last key is of, or right after that key. */
function after(under: Key, last: Buffer): Keys["key"] {
  const child = directoryOf(under, last);
  return child === undefined ? Buffer.concat([last, Buffer.of(0)]) : rangeBelow(child).range_end;
}

/** The child that this key lies below; `undefined` for a child itself, and for what is no key of ours. */
function directoryOf(under: Key, bytes: Buffer): Key | undefined {
  const key = keyOf(bytes);
  const child = key && childToward(under, key);
  return child === key ? undefined : child;
}
