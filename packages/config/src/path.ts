import { UsageError } from "@coord/core";
import { isHostile, isObject, type Json, type JsonObject } from "./json.ts";

/** The way to a part of a document, from the outside in. */
export type Path = readonly string[];

/** How a caller names a part: `"db.url"`, or its segments where a name has a dot in it. */
export type PathLike = string | readonly (string | number)[];

/** @throws UsageError for a path that leads nowhere on any document */
export function toPath(path: PathLike): Path {
  const segments = typeof path === "string" ? (path === "" ? [] : path.split(".")) : path.map(String);
  const wrong = segments.find((segment) => segment === "" || isHostile(segment));
  if (wrong === undefined) return segments;
  throw new UsageError(
    `The path ${JSON.stringify(path)} has the segment ${JSON.stringify(wrong)}, which names nothing.`,
  );
}

export const showPath = (path: readonly (string | number)[]): string => (path.length === 0 ? "(all)" : path.join("."));

/** Whether one of the two lies on the way to the other, or is it; `*` stands for any one segment. */
export function onOneWay(a: Path, b: Path): boolean {
  return a.slice(0, b.length).every((segment, index) => same(segment, b[index] ?? ""));
}

/** Whether `path` is `outer` or a part of it. */
export const isWithin = (path: Path, outer: Path): boolean => path.length >= outer.length && onOneWay(path, outer);

const same = (a: string, b: string) => a === b || a === "*" || b === "*";

/** What is there, or `undefined`. Looks at nothing but a value's own parts. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const segment of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, segment)) return undefined;
    found = (found as Record<string, unknown>)[segment];
  }
  return found;
}

/** An object that has this part and nothing else. */
export function objectWith(path: Path, value: Json): JsonObject {
  const whole = path.reduceRight<Json>((inner, segment) => ({ [segment]: inner }), value);
  return isObject(whole) ? whole : {};
}
