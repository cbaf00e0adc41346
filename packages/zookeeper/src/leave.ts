import type { Commit, Committed, Key } from "@coord/core/spi";
import { isContender } from "./contenders.ts";
import { isFree, pathOf } from "./nodes.ts";
import { errorCode } from "./wire/codes.ts";
import type { Writing } from "./writing.ts";

/** Where a commit does nothing but take a contender out of its line: the contender. */
export function leaverOf({ guards = [], writes }: Commit): Key | undefined {
  const [write] = writes;
  if (!write || writes.length > 1 || guards.length > 0 || !("remove" in write)) return undefined;
  const { remove } = write;
  return typeof remove === "string" && isContender(remove) && isFree(remove) ? remove : undefined;
}

/**
 * A contender's node is never made anew and has nothing below it, so it is removed without a look, and if it isn't there, it has
 * been. `undefined`: it is not as simple as that.
 */
export const leave = (writing: Writing, key: Key): Promise<Committed | undefined> =>
  writing.write([{ op: "remove", path: pathOf(key), version: -1 }]).then(({ zxid, value }) => {
    const isGone = "done" in value || value.failed.code === errorCode.noNode;
    return isGone ? { revision: zxid, entries: [undefined] } : undefined;
  });
