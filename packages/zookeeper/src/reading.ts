import type { Entry, Key, Listing } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isRefused } from "./errors.ts";
import { type Creations, creationsIn } from "./incarnation.ts";
import { childPath, entryOf, insidePath, isDirectory, isOfEntry, keyOf } from "./nodes.ts";
import type { Answer } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { NodeData } from "./wire/records.ts";
import type { Request } from "./wire/request.ts";
import { exists, getChildren, getData } from "./wire/requests.ts";

/** What is at a key. */
export interface Found {
  /** Where its entry lies, or would lie. */
  readonly path: string;
  readonly entry: Entry | undefined;
  /** Of its directory, where that was looked at before the entry was. */
  readonly creations?: Creations;
  /** It is so at this transaction. */
  readonly zxid: bigint;
}

/** What a request answers about a node, or `undefined` where there is no such node. */
export const ifThere = <T>(answer: Promise<Answer<T>>): Promise<Answer<T | undefined>> =>
  answer.catch((error) => {
    if (isRefused(error, errorCode.noNode)) return { zxid: error.zxid, value: undefined };
    throw error;
  });

/** Whether to be told once of the node's next change. It is asked anew for each request, right before that is sent. */
export type Watch = () => boolean;

const never: Watch = () => false;

/**
 * The entry of the node at `path`, which lies inside of it where that is a directory.
 * @param awaited whether a node that isn't there is to be watched for its creation
 */
export async function find(send: Send, path: string, watch = never, awaited = true): Promise<Found> {
  const key = keyOf(path);
  const outer = await look(send, path, watch, awaited);
  if (!outer.value || !isDirectory(outer.value)) return found(key, path, outer);
  const inside = found(key, insidePath(path), await look(send, insidePath(path), watch));
  return { ...inside, creations: creationsIn(outer.value.stat) };
}

const found = (key: Key, path: string, { value, zxid }: Answer<NodeData | undefined>): Found => ({
  path,
  entry: value && entryOf(key, value),
  zxid,
});

/** A node that is watched and not there is watched for its creation, if that is awaited. */
async function look(send: Send, path: string, watch: Watch, awaited = true): Promise<Answer<NodeData | undefined>> {
  while (true) {
    const isWatched = watch();
    const node = await ifThere(send(getData(path, isWatched)));
    if (node.value || !isWatched || !awaited) return node;
    const stat = await ifThere(send(exists(path, watch())));
    if (!stat.value) return { zxid: stat.zxid, value: undefined };
  }
}

/** How often a directory that changes while it is read is read anew for the sake of one moment. */
const attempts = 3;

/**
 * The entries below a directory: its names first, then the data of each. If none of it changed after the names were
 * read, that was the state at one moment, and otherwise it is read again.
 */
export async function list(send: Send, directory: string): Promise<Listing> {
  for (let attempt = 1; ; attempt += 1) {
    const [, names] = await Promise.all([send.caughtUp(), ifThere(send(childNames(directory)))]);
    const paths = (names.value ?? []).map((name) => childPath(directory, name));
    const founds = await Promise.all(paths.map((path) => find(send, path)));
    const changed = founds.some(({ entry }) => entry && changedAt(entry) > names.zxid);
    if (changed && attempt < attempts) continue;
    const entries = founds.flatMap(({ entry }) => entry ?? []).sort(byKey);
    return { entries, revision: names.zxid };
  }
}

/** The names of those children of a directory that may be entries. */
export function childNames(directory: string, watch = false): Request<readonly string[]> {
  const request = getChildren(directory, watch);
  return {
    ...request,
    read: (answer, zxid) => request.read(answer, zxid).filter((name) => isOfEntry(directory, name)),
  };
}

export const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : 1);

/** The transaction of the last change of an entry. */
export const changedAt = ({ version }: Entry): bigint => BigInt(version.slice(0, version.indexOf(".")));
