import { eachOf } from "./each-of.ts";
import type { Key } from "./store.ts";

/**
 * All directories below a name, those above first: everything in that tree is a direct child of one of them, or of the
 * name itself. It takes the time that it takes, so it is of no one moment.
 *
 * @param directories asks a store; what it leaves out is not entered
 */
export async function walk(under: Key, directories: (under: Key) => Promise<readonly Key[]>): Promise<readonly Key[]> {
  const found: Key[] = [];
  let level: readonly Key[] = [under];
  while (level.length > 0) {
    level = (await eachOf(level, directories)).flat();
    for (const directory of level) found.push(directory);
  }
  return found;
}
