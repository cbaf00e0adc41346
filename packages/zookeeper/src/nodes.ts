import { type Entry, type Key, UsageError } from "@coord/core/spi";
import { containerOwner, type NodeData, type Stat } from "./wire/records.ts";

/**
 * How keys lie on ZooKeeper's tree. The key `a/b` is the node `/a/b`. A node that was only made so that something can be
 * below it is a directory and no entry: a container, or a node whose data is null. The entry of a key whose node is a
 * directory lies in it, under a name that no key can have.
 */
export const insideName = "%";

/** What never lasts (`nothingCreated`): no key can begin with it either, as two digits follow where one is escaped. */
export const unmadeName = "%-";

/** The server's own nodes, which are nobody's entries. */
const reserved = "zookeeper";

export const rootPath = "/";

/** Whether it isn't the server's own. */
export const isFree = (key: Key): boolean => key !== reserved && !key.startsWith(`${reserved}/`);

/** @throws UsageError where it is the server's own */
export function assertFree(key: Key): void {
  if (isFree(key)) return;
  throw new UsageError(`The name ${JSON.stringify(key)} is ZooKeeper's own: choose another one, or a namespace.`, {
    key,
  });
}

export function pathOf(key: Key): string {
  assertFree(key);
  return `/${key}`;
}

export const keyOf = (path: string): Key => path.slice(1);

/** Where the entry of a key lies whose node is a directory. */
export const insidePath = (path: string): string => childPath(path, insideName);

export const childPath = (path: string, name: string): string => (path === rootPath ? `/${name}` : `${path}/${name}`);

export const parentPath = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")));

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Names of a directory's children that may be entries. */
export const isOfEntry = (directory: string, name: string): boolean =>
  name !== insideName && !name.startsWith(unmadeName) && !(directory === rootPath && name === reserved);

/** The child of `directory` whose entry a change of the node at `path` may concern. */
export function childConcerned(directory: string, path: string): string | undefined {
  const inside = directory === rootPath ? path.slice(1) : path.slice(directory.length + 1);
  const [name, below, ...deeper] = inside.split("/");
  if (!name || deeper.length > 0 || (below !== undefined && below !== insideName)) return undefined;
  return isOfEntry(directory, name) ? name : undefined;
}

export const isDirectory = ({ data, stat }: NodeData): boolean => data === null || stat.owner === containerOwner;

/** The bits of an owner that mark a node with a time to live (`EphemeralType.TTL`), which is no session's. */
const isTimeToLive = (owner: bigint): boolean => BigInt.asUintN(64, owner) >> 56n === 0xffn;

/** A session's id, as entries show it: the server's number, in hexadecimal. */
export const sessionName = (id: bigint): string => `0x${BigInt.asUintN(64, id).toString(16).padStart(16, "0")}`;

const sessionOf = ({ owner }: Stat): string | undefined =>
  owner === 0n || owner === containerOwner || isTimeToLive(owner) ? undefined : sessionName(owner);

/**
 * The data version alone comes back when a node is made anew; the transaction of the last change never does. Together they
 * say what was seen, and what a conditional write can ask for.
 */
export const versionOf = ({ mzxid, version }: Pick<Stat, "mzxid" | "version">): string => `${mzxid}.${version}`;

export const dataVersionOf = ({ version }: Entry): number => Number(version.slice(version.indexOf(".") + 1));

export const entryOf = (key: Key, { data, stat }: NodeData): Entry => ({
  key,
  value: data ?? new Uint8Array(),
  version: versionOf(stat),
  order: stat.czxid,
  session: sessionOf(stat),
});
