import { hostname } from "node:os";
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

export const defaultOwner = `${thisHost}:${process.pid}`;

export function encodeOwner(owner: string, nowMs: number): Bytes {
  return Buffer.from(
    JSON.stringify({ owner, host: thisHost, pid: process.pid, since: new Date(nowMs).toISOString() } satisfies Owner),
  );
}

/** What an entry says of its owner, or `undefined` for another program's entry: nothing in a store is trusted. */
export function decodeOwner(value: Bytes): Owner | undefined {
  try {
    const { owner, host, pid, since } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    const sound =
      typeof owner === "string" && typeof host === "string" && typeof pid === "number" && typeof since === "string";
    return sound ? { owner, host, pid, since } : undefined;
  } catch {
    return undefined;
  }
}
