/** A part that differs; `undefined` where there is none. */
export interface Difference {
  /** Of names, `db.url`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In what two JSON documents differ. Objects are compared name by name, everything else as a whole. */
export function differences(before: unknown, after: unknown, path = ""): readonly Difference[] {
  if (!isObject(before) || !isObject(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path: path || "(all)", before, after }];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => differences(before[name], after[name], path === "" ? name : `${path}.${name}`));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
