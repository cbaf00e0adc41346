import { hostname } from "node:os";
import { decodeJson, encodeJson } from "./json.ts";
import type { Bytes } from "./store.ts";

/** Who stands in a line or holds something, for people who look: written as JSON into the entry. */
export interface Owner {
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, by the wall clock of that host. */
  readonly since: string;
}

export const thisHost = hostname();

const { pid } = process;

export const defaultOwner = `${thisHost}:${pid}`;

/** @param more what the recipe adds, for its own eyes */
export function encodeOwner(owner: string, nowMs: number, more?: object): Bytes {
  const since = new Date(nowMs).toISOString();
  return encodeJson({ owner, host: thisHost, pid, since, ...more });
}

/** What an entry says of its owner, or `undefined` for another program's entry. */
export function decodeOwner(value: Bytes): Owner | undefined {
  const { owner, host, pid, since } = (decodeJson(value) ?? {}) as Partial<Owner>;
  const sound =
    typeof owner === "string" && typeof host === "string" && typeof pid === "number" && typeof since === "string";
  return sound ? { owner, host, pid, since } : undefined;
}
