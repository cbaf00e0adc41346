import { UsageError } from "./errors.ts";
import type { Bytes } from "./store.ts";

/**
 * What a recipe writes for others to read: JSON in UTF-8.
 *
 * @throws UsageError when it can't be written as JSON
 */
export function encodeJson(value: unknown): Bytes {
  return Buffer.from(asJson(value));
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new UsageError(
      `What is to be written must be JSON: texts, numbers, booleans, null, arrays and plain objects (${why}).`,
      { cause },
    );
  }
}

/** What the bytes say, or `undefined` where they are no JSON: nothing in a store is trusted. */
export function decodeJson(value: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return undefined;
  }
}
