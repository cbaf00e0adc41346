import { joinKey } from "@coord/core/recipe";
import type { Directory, Pair } from "./directory.ts";

/** Where a mirror notes, beside what it writes, which entry of the source each one is. */
export const ledgerName = "mirrors";

/** The notes on a directory of the target. They are on the same store, as each is written in one commit with what it is on. */
export const ledgerOf = ({ to }: Pair): Directory => to.beside(joinKey(ledgerName, to.key));
