import { childPath, unmadeName } from "./nodes.ts";
import type { Op } from "./wire/ops.ts";
import { type Acl, createMode, type Stat } from "./wire/records.ts";

/** How many nodes were ever created in a directory: the number that the next sequential one gets. */
export type Creations = number;

/** What a server shows is the number of creations and removals together. */
export const creationsIn = ({ childrenVersion, children }: Stat): Creations => ((childrenVersion + children) | 0) >>> 1;

/**
 * A server compares data versions only, and these begin anew with the node. So that a node made anew is not taken for the one
 * that was seen: a sequential node can be removed under the name that it is expected to get only if nothing was created in its
 * directory since. Both in one `multi` with what depends on it; in the end there is no such node.
 */
export const nothingCreated = (directory: string, since: Creations, acl: readonly Acl[]): readonly Op[] => {
  const stem = childPath(directory, unmadeName);
  return [
    { op: "create", path: stem, data: null, acl, mode: createMode.persistentSequential },
    { op: "remove", path: `${stem}${String(since).padStart(10, "0")}`, version: -1 },
  ];
};
