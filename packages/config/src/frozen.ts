import { inspect } from "node:util";
import type { Path } from "./path.ts";
import type { Secrets } from "./secrets.ts";

/** Plain objects and arrays all the way down can't be written; what has a class of its own stays what it is. */
export type DeepReadonly<T> = T extends Opaque
  ? T
  : T extends readonly unknown[]
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

type Opaque =
  | ((...args: never[]) => unknown)
  | Date
  | RegExp
  | URL
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Uint8Array;

/**
 * Plain objects and arrays are frozen, all the way down; those that the schema has frozen itself are copied first, as their parts may
 * still be open. Where a part is secret, what Node prints of it and of what it is in is masked.
 *
 * @throws what reading the value throws
 */
export function frozen<T>(value: T, secrets: Secrets): DeepReadonly<T> {
  return freeze(value, secrets, [], new Map()) as DeepReadonly<T>;
}

/** @param begun what was come to before, and may be come to again by another way */
function freeze(value: unknown, secrets: Secrets, at: Path, begun: Map<object, object>): unknown {
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const known = begun.get(value);
  if (known) return known;
  const open = Object.isExtensible(value) ? value : copyOf(value);
  begun.set(value, open);
  for (const [name, part] of Object.entries(value)) {
    const whole = freeze(part, secrets, [...at, name], begun);
    if (whole !== part) Object.assign(open, { [name]: whole });
  }
  if (secrets.touches(at)) {
    const shown = () => secrets.masked(open, at);
    Object.defineProperty(open, inspect.custom, { value: shown, enumerable: false });
  }
  return Object.freeze(open);
}

const copyOf = (value: object): object =>
  Array.isArray(value) ? [...value] : Object.assign(Object.create(Object.getPrototypeOf(value)), value);

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
