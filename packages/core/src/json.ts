import type { Bytes } from "./store.ts";

/** What a recipe writes for others to read: JSON in UTF-8. */
export function encodeJson(value: unknown): Bytes {
  return Buffer.from(JSON.stringify(value));
}

/** What the bytes say, or `undefined` where they are no JSON: nothing in a store is trusted. */
export function decodeJson(value: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return undefined;
  }
}
