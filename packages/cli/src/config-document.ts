import type { Config } from "@coord/config";
import type { Coord } from "@coord/core";
import { MisuseError } from "./failure.ts";

/** What a document may be is for those who read it to say: here anything may. */
const anything = {
  "~standard": { version: 1, vendor: "coord", validate: (value: unknown) => ({ value }) },
} as const;

export type Document = Config<typeof anything>;

/** A document as it is in the store: without defaults, and without the environment. */
export async function open(coord: Coord, name: string, signal: AbortSignal): Promise<Document> {
  const { Config } = await import("@coord/config");
  return Config.open(coord, name, { schema: anything, signal });
}

/** What is below a path of names, `db.url`; `undefined` where there is nothing. */
export function partOf(value: unknown, path: string | undefined): unknown {
  const segments = path === undefined ? [] : path.split(".");
  return segments.reduce<unknown>(
    (at, segment) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, segment) ? (at as never)[segment] : undefined,
    value,
  );
}

/** @param what where the text comes from, for the one who has to correct it */
export function parsed(text: string, what: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new MisuseError(`${what} is no JSON: ${(error as Error).message}`);
  }
  throw new MisuseError(`${what} must be an object: {"name": value}.`);
}

export const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2) ?? "";
