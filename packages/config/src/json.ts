import type { Path } from "./path.ts";

/** What a document consists of. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names that reach what is common to all objects, instead of a value of this one. */
const hostile: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
export const isHostile = (name: string): boolean => hostile.has(name);

/** Deeper than any configuration, and less deep than the stack. */
const maxDepth = 100;

/**
 * A copy that shares nothing with what it was made of, without the names that reach into all objects.
 *
 * @throws RangeError where it is nested deeper than a hundred levels; TypeError where it is no JSON, such as a `Date` or a `Map`
 */
export function copied(value: unknown, at: Path = []): Json {
  if (at.length > maxDepth) throw new RangeError(`it is nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item, index) => copied(item ?? null, [...at, String(index)]));
  if (isObject(value) && isPlain(value)) {
    const parts = Object.entries(value).filter(([name, part]) => part !== undefined && !isHostile(name));
    return Object.fromEntries(parts.map(([name, part]) => [name, copied(part, [...at, name])]));
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`${at.join(".") || "it"} is ${kindOf(value)}, which is no JSON`);
}

/** Made by no class, in this realm or another. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `of the class ${value?.constructor?.name || "without a name"}`;
}

/** What lies above, on what lies below: objects are merged name by name, everything else is replaced as a whole. */
export function merged(below: Json, above: Json): Json {
  if (!isObject(below) || !isObject(above)) return above;
  const result: Record<string, Json> = { ...below };
  for (const [name, part] of Object.entries(above)) {
    const under = Object.hasOwn(result, name) ? result[name] : undefined;
    result[name] = under === undefined ? part : merged(under, part);
  }
  return result;
}
