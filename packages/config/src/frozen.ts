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
 * Freezes plain objects and arrays, all the way down, and gives the value back. Where a part is secret, what Node prints of it and of
 * what it is in is masked.
 *
 * @throws TypeError where a secret is in something that takes no property any more
 */
export function frozen<T>(value: T, secrets: Secrets): DeepReadonly<T> {
  freeze(value, secrets, [], new Set());
  return value as DeepReadonly<T>;
}

/** @param begun what was come to before, and may be come to again by another way */
function freeze(value: unknown, secrets: Secrets, at: Path, begun: Set<object>): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || !isPlain(value)) return;
  if (begun.has(value)) return;
  begun.add(value);
  for (const [name, part] of Object.entries(value)) freeze(part, secrets, [...at, name], begun);
  if (secrets.touches(at)) {
    const shown = () => secrets.masked(value, at);
    Object.defineProperty(value, inspect.custom, { value: shown, enumerable: false });
  }
  Object.freeze(value);
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
