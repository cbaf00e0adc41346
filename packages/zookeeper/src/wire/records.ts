import type { Reader } from "./jute.ts";

/** What a container shows as the owner of its node. */
export const containerOwner = -(2n ** 63n);

/** What is known of a node beside its data. */
export interface Stat {
  /** The transaction that created it, and the one that changed its data last. */
  readonly czxid: bigint;
  readonly mzxid: bigint;
  /** How often its data was changed. Starts anew when the node does. */
  readonly version: number;
  /** How often a child was created or removed, and how many there are. */
  readonly childrenVersion: number;
  readonly children: number;
  /** The transaction that created or removed a child last. */
  readonly pzxid: bigint;
  /** How long its data is; 0 also where it has none. */
  readonly bytes: number;
  /** The session that it ends with; 0 for none, `containerOwner` for a container. */
  readonly owner: bigint;
}

export interface NodeData {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Who may do what with a node. `perms`: read 1, write 2, create 4, delete 8, admin 16. */
export interface Acl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

export const createMode = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
} as const;

export function readStat(answer: Reader): Stat {
  const czxid = answer.long();
  const mzxid = answer.long();
  answer.skip(16); // when it was created and changed
  const version = answer.int();
  const childrenVersion = answer.int();
  answer.skip(4); // changes of its rights
  const owner = answer.long();
  const bytes = answer.int();
  const children = answer.int();
  const pzxid = answer.long();
  return { czxid, mzxid, version, childrenVersion, children, pzxid, bytes, owner };
}
