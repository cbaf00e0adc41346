import type { RecipeContext } from "./recipe-context.ts";
import type { Key } from "./store.ts";

/** The lines of each client of which it has been told. */
const reported = new WeakMap<RecipeContext, Set<Key>>();

/**
 * Entries in a line that another program made, or that can't be read: they count as contenders like all others, since their
 * place is known by the store's order alone, and the logger is told once a line.
 */
export function reportForeign(context: RecipeContext, line: Key, foreign: readonly Key[]): void {
  const lines = reported.get(context) ?? new Set();
  if (foreign.length === 0 || lines.has(line)) return;
  reported.set(context, lines.add(line));
  context.logger.warn(
    { line, count: foreign.length, key: foreign[0] },
    "entries of another program, or that can't be read, stand in this line; they have their turn like all others",
  );
}
