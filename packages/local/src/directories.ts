import { childToward, type Key, parentOf } from "@coord/core/spi";
import type { File } from "./file.ts";
import { deeperThan, keyOf, rowPast } from "./rows.ts";

/** The direct children that an entry lies below. It takes a few steps for each, however much lies there. */
export function directoriesIn(file: File, under: Key): readonly Key[] {
  const found = new Set<Key>();
  const { start, end } = deeperThan(under);
  for (let from = start; ; ) {
    const [next] = [...file.getKeys({ start: from, end, limit: 1 })];
    if (!next) return [...found].sort();
    const parent = parentOf(keyOf(next));
    const child = childToward(under, parent) ?? parent;
    found.add(child);
    from = rowPast(child, parent !== child);
  }
}
