import { createHash } from "node:crypto";
import type { Entry } from "@coord/core";
import { type Bytes, decodeJson, encodeJson } from "@coord/core/recipe";
import { copied, isObject, type JsonObject } from "./json.ts";

/** One version of a document, as it is kept. */
export interface Revision {
  /** From 1 on, one more with every change, also over deletions. */
  readonly version: number;
  /** `null`: the document was deleted with this version. */
  readonly value: JsonObject | null;
  readonly author: string;
  /** ISO 8601, by the wall clock of the one who wrote it. */
  readonly time: string;
  readonly message?: string;
  /** Unique for ever: by it a writer whose answer was lost finds its own. */
  readonly id: string;
}

/** A version on its way to all: so far it is for a share of the instances. */
export interface Candidate {
  readonly share: number;
  readonly revision: Revision;
}

/** What the entry of a document holds: the version that counts, and perhaps one that is being rolled out. */
export interface Document extends Revision {
  readonly candidate?: Candidate;
}

/** An entry that is there, and can be read or not. */
export type Decoded = { readonly document: Document } | { readonly unreadable: string };

export const encodeDocument = (document: Document): Bytes => encodeJson(document);

/** Nothing that is found in a store is trusted: what is no document comes back as the reason why. */
export function decodeDocument({ value }: Pick<Entry, "value">): Decoded {
  if (value.byteLength === 0) return { unreadable: "the entry is empty" };
  const found = decodeJson(value);
  if (found === undefined) return { unreadable: "the entry is no JSON, or was cut off" };
  try {
    const document = toDocument(found);
    return document ? { document } : { unreadable: "the entry is no document of Config; write it with Config" };
  } catch (error) {
    return { unreadable: `the entry can't be taken over: ${(error as Error).message}` };
  }
}

export function decodeRevision({ value }: Pick<Entry, "value">): Revision | undefined {
  const decoded = decodeDocument({ value });
  return "document" in decoded ? decoded.document : undefined;
}

function toDocument(found: unknown): Document | undefined {
  const revision = toRevision(found);
  if (!revision || !isObject(found)) return undefined;
  if (found.candidate === undefined) return revision;
  const { share, revision: next } = isObject(found.candidate) ? found.candidate : {};
  const candidate = toRevision(next);
  if (typeof share !== "number" || !(share >= 0 && share <= 1) || !candidate) return undefined;
  return candidate.version > revision.version ? { ...revision, candidate: { share, revision: candidate } } : undefined;
}

function toRevision(found: unknown): Revision | undefined {
  if (!isObject(found)) return undefined;
  const { version, value, author, time, message, id } = found;
  const texts = typeof author === "string" && typeof time === "string" && typeof id === "string";
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1 || !texts) return undefined;
  if (value !== null && !isObject(value)) return undefined;
  const known = { version, value: value && (copied(value) as JsonObject), author, time, id };
  return typeof message === "string" ? { ...known, message } : known;
}

/** The highest version that the document has had so far. */
export const lastVersion = ({ version, candidate }: Document): number => candidate?.revision.version ?? version;

/** Which of the two an instance runs: the share is counted by a hash, so that widening it takes nobody back. */
export function revisionFor(document: Document, instance: string): Revision {
  const { candidate } = document;
  return candidate && placeOf(instance, candidate.revision.id) < candidate.share ? candidate.revision : document;
}

/** Where in [0, 1) an instance stands in one roll-out; in another one it stands elsewhere. */
export function placeOf(instance: string, rollout: string): number {
  return createHash("sha256").update(`${rollout}\n${instance}`).digest().readUInt32BE(0) / 2 ** 32;
}
