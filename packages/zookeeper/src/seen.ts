import { type Commit, type Entry, type Guard, type Key, parentOf, type Write } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isContender } from "./contenders.ts";
import { creationsIn } from "./incarnation.ts";
import { parentPath, pathOf } from "./nodes.ts";
import { type Found, find, ifThere } from "./reading.ts";
import { exists } from "./wire/requests.ts";

/** What a commit touches, as it is before. */
export interface Seen {
  readonly zxid: bigint;
  readonly at: (key: Key) => Found;
}

/** Directories first, what is in them after that, all in one round trip. */
export async function lookAt(send: Send, keys: readonly Key[]): Promise<Seen> {
  const paths = new Map(keys.map((key) => [key, pathOf(key)])); // a key that has none is refused before anything is sent
  const caughtUp = send.caughtUp();
  const directories = [...new Set([...paths.values()].map(parentPath))].map(
    async (path) => [path, (await ifThere(send(exists(path)))).value] as const,
  );
  const founds = [...paths].map(async ([key, path]) => [key, await find(send, path)] as const);
  const [{ zxid }, stats, at] = await Promise.all([
    caughtUp,
    Promise.all(directories).then((all) => new Map(all)),
    Promise.all(founds).then((all) => new Map(all)),
  ]);
  const seen = (key: Key): Found => {
    const found = at.get(key) as Found;
    const stat = stats.get(parentPath(found.path));
    return stat && found.creations === undefined ? { ...found, creations: creationsIn(stat) } : found;
  };
  return { zxid, at: seen };
}

/**
 * What needn't be looked at: that a key which is to be created is free, and that one which is to be removed is taken. And the
 * key of a contender is nobody's directory and is never used again. What something is made below has to be looked at: it may be a directory already.
 */
export function guessed(guards: readonly Guard[], writes: readonly Write[]): Seen | undefined {
  const plain =
    guards.length + writes.length > 0 &&
    guards.every((guard) => "exists" in guard && isContender(guard.exists)) &&
    writes.every((write) => "create" in write || isRemovalByKey(write));
  if (!plain) return undefined;
  const created = new Set(writes.flatMap((write) => ("create" in write ? write.create : [])));
  const filled = new Set([...created].map(parentOf));
  if (writes.length > 1 && writes.some((write) => "remove" in write && filled.has(keyWritten(write)))) return undefined;
  const at = (key: Key): Found => ({
    path: pathOf(key),
    zxid: 0n,
    entry: created.has(key) ? undefined : anyEntry(key),
  });
  return { zxid: 0n, at };
}

const anyEntry = (key: Key): Entry => ({
  key,
  value: new Uint8Array(),
  version: "0.-1",
  order: 0n,
  session: undefined,
});

export const keysOf = ({ guards = [], writes }: Commit): Key[] => [
  ...guards.map(keyGuarded),
  ...writes.map(keyWritten),
];

export const keyGuarded = (guard: Guard): Key => {
  if ("exists" in guard) return guard.exists;
  return "absent" in guard ? guard.absent : guard.unchanged.key;
};

export const keyWritten = (write: Write): Key => {
  if ("create" in write) return write.create;
  if ("put" in write) return write.put;
  if ("update" in write) return write.update.key;
  return typeof write.remove === "string" ? write.remove : write.remove.key;
};

/** Where the first entry lies that is to be there still, or as it was, and could be made anew. */
export function directoryOfVersion({ guards = [], writes }: Commit): string | undefined {
  const named = [
    ...guards.flatMap((guard) => ("absent" in guard ? [] : keyGuarded(guard))),
    ...writes.flatMap((write) =>
      "update" in write || ("remove" in write && !isRemovalByKey(write)) ? keyWritten(write) : [],
    ),
  ].find((key) => !isContender(key));
  return named === undefined ? undefined : parentPath(pathOf(named));
}

const isRemovalByKey = (write: Write): boolean => "remove" in write && typeof write.remove === "string";
