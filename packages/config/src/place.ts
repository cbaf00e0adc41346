import { UsageError } from "@coord/core";
import { joinKey, type Key, toKey } from "@coord/core/recipe";

/** Where the parts of one document lie. */
export interface DocumentKeys {
  readonly name: string;
  /** The document itself. */
  readonly document: Key;
  /** Above its versions, one entry each. */
  readonly history: Key;
  /** Above the instances that say which version they run. */
  readonly running: Key;
  /** The line of those who write while others do. */
  readonly writing: Key;
}

/** @throws UsageError when `name` can't be a name on every store, or one that Config keeps for itself */
export function keysOf(name: string): DocumentKeys {
  const document = nameToKey(name);
  const below = (segment: string) => joinKey(document, segment);
  return { name, document, history: below("@history"), running: below("@running"), writing: below("@writing") };
}

/** The directory of the documents directly below a name: `"services/"`, or without the slash. */
export const folderKey = (name: string): Key => nameToKey(typeof name === "string" ? name.replace(/\/$/, "") : name);

/** Sorts as the versions do. */
export const historyKey = ({ history }: DocumentKeys, version: number): Key =>
  joinKey(history, String(version).padStart(10, "0"));

function nameToKey(name: string): Key {
  const key = toKey(name);
  const own = name.split("/").find((segment) => segment.startsWith("@"));
  if (own === undefined) return key;
  throw new UsageError(
    `The name ${JSON.stringify(name)} has the segment ${JSON.stringify(own)}: those with "@" are kept for what belongs to a document.`,
    {
      operation: "config.open",
      key: name,
    },
  );
}
