import { Buffer } from "node:buffer";
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

/**
 * Who we are and when, as JSON. Each lock that is taken writes it, so what is the same as in the call before isn't rendered again:
 * the owner, and the time down to the second.
 *
 * @param more what the recipe adds, for its own eyes
 */
export function encodeOwner(owner: string, nowMs: number, more?: object): Bytes {
  const since = isoTime(nowMs);
  if (more) return encodeJson({ owner, host: thisHost, pid, since, ...more });
  return Buffer.from(`${signature(owner)},"since":"${since}"}`);
}

let signed: { readonly owner: string; readonly text: string } | undefined;

/** The JSON of what doesn't change, up to where the rest comes. */
function signature(owner: string): string {
  if (signed?.owner !== owner) signed = { owner, text: JSON.stringify({ owner, host: thisHost, pid }).slice(0, -1) };
  return signed.text;
}

let latest: { readonly second: number; readonly text: string } | undefined;

function isoTime(atMs: number): string {
  const second = Math.floor(atMs / 1_000);
  if (latest?.second !== second) latest = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  return `${latest.text}${String(Math.floor(atMs) - second * 1_000).padStart(3, "0")}Z`;
}

/** What an entry says of its owner, or `undefined` for another program's entry. */
export function decodeOwner(value: Bytes): Owner | undefined {
  const { owner, host, pid, since } = (decodeJson(value) ?? {}) as Partial<Owner>;
  const sound =
    typeof owner === "string" && typeof host === "string" && typeof pid === "number" && typeof since === "string";
  return sound ? { owner, host, pid, since } : undefined;
}
