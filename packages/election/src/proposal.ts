import type { Entry } from "@coord/core";
import { type Bytes, decodeJson, encodeJson } from "@coord/core/recipe";

/** A candidate as its entry tells: the first of them leads. */
export interface Candidate<Data = unknown> {
  readonly id: string;
  /** What it has published; `undefined` for nothing. */
  readonly data: Data | undefined;
  /** Its term, if it comes to lead: the fencing token. */
  readonly term: bigint;
}

/**
 * Without data the id as plain text, which is what Curator's LeaderLatch and `etcdctl elect` show; with data the JSON `{"id":…,"data":…}`.
 * An id that could be taken for that is written as it.
 */
export function encodeProposal(id: string, data: unknown): Bytes {
  return data === undefined && !id.startsWith("{") ? Buffer.from(id) : encodeJson({ id, data });
}

export function decodeProposal<Data>({ value, order }: Entry): Candidate<Data> {
  const shown = (value[0] === openingBrace ? decodeJson(value) : undefined) as
    | { readonly id?: unknown; readonly data?: Data }
    | undefined;
  if (typeof shown?.id === "string") return { id: shown.id, data: shown.data, term: order };
  return { id: new TextDecoder().decode(value), data: undefined, term: order };
}

const openingBrace = 0x7b;
