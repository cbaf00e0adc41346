import { UsageError } from "@coord/core";
import { isTransient, type RecipeContext, retry } from "@coord/core/recipe";
import { decodeRevision, type Revision } from "./document.ts";
import { type DocumentKeys, historyKey } from "./place.ts";
import type { Secrets } from "./secrets.ts";

/** A version as people see it. */
export interface KeptVersion {
  readonly version: number;
  readonly author: string;
  /** ISO 8601, by the wall clock of the author's machine. */
  readonly time: string;
  readonly message: string | undefined;
  /** With this version the document was deleted. */
  readonly deleted: boolean;
  /** What was stored, secrets masked; `undefined` if it was deleted. */
  readonly value: unknown;
}

const retries = 4;

/** The versions that are kept, the newest first. */
export async function readHistory(
  { store, runtime }: RecipeContext,
  { history }: DocumentKeys,
  secrets: Secrets,
  limit: number,
): Promise<readonly KeptVersion[]> {
  const { entries } = await retry(runtime, () => store.list(history), { when: isTransient, retries });
  return entries
    .flatMap((entry) => decodeRevision(entry) ?? [])
    .sort((a, b) => b.version - a.version)
    .slice(0, limit)
    .map((revision) => shown(revision, secrets));
}

/** @throws UsageError when this version is not kept, or not any more */
export async function revisionAt(
  { store, runtime }: RecipeContext,
  keys: DocumentKeys,
  version: number,
  signal: AbortSignal,
): Promise<Revision> {
  const known = Number.isSafeInteger(version) && version > 0;
  const key = historyKey(keys, version);
  const entry = known ? await retry(runtime, () => store.get(key), { when: isTransient, signal }) : undefined;
  const revision = entry && decodeRevision(entry);
  if (revision) return revision;
  throw new UsageError(
    `Version ${String(version)} of ${JSON.stringify(keys.name)} is not kept: see history() for those that are.`,
    {
      operation: "config.rollback",
      key: keys.name,
    },
  );
}

const shown = ({ version, author, time, message, value }: Revision, secrets: Secrets): KeptVersion => ({
  version,
  author,
  time,
  message,
  deleted: value === null,
  value: value === null ? undefined : secrets.masked(value),
});
