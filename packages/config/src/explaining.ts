import type { Variable } from "./environment.ts";
import type { Layers } from "./interpreting.ts";
import { isObject } from "./json.ts";
import { isWithin, type Path, valueAt } from "./path.ts";
import type { Secrets } from "./secrets.ts";

/** Where a value comes from; `schema`: it fills it in, or has made it of something else; `several`: its parts come from different layers. */
export type Source = "schema" | "defaults" | "store" | "environment" | "several" | "nowhere";

/** What one layer says of a part. Secrets are masked. */
export interface LayerValue {
  readonly layer: "defaults" | "store" | "environment";
  readonly value: unknown;
  /** The version of the document, in the store's layer. */
  readonly version?: number;
  /** The variables, in the environment's layer. */
  readonly variables?: readonly string[];
}

export interface Explanation {
  readonly path: string;
  /** What the application gets. Secrets are masked. */
  readonly value: unknown;
  readonly source: Source;
  /** All that say something of it, the one that counts first. */
  readonly layers: readonly LayerValue[];
}

export interface Explained {
  readonly value: unknown;
  readonly version: number;
  readonly layers: Layers;
  readonly variables: readonly Variable[];
  readonly secrets: Secrets;
}

/** Where a part of a configuration comes from, layer by layer. */
export function explained({ value: whole, version, layers, variables, secrets }: Explained, path: Path): Explanation {
  const value = valueAt(whole, path);
  const names = variables
    .filter((variable) => isWithin(variable.path, path) || isWithin(path, variable.path))
    .map(({ name }) => name);
  const said = [
    { layer: "environment", value: valueAt(layers.environment, path), variables: names },
    { layer: "store", value: valueAt(layers.store, path), version },
    { layer: "defaults", value: valueAt(layers.defaults, path) },
  ] as const;
  const shown = said
    .filter((each) => each.value !== undefined)
    .map((each): LayerValue => ({ ...each, value: secrets.masked(each.value, path) }));
  return {
    path: path.join("."),
    value: secrets.masked(value, path),
    source: sourceOf(value, layers, path),
    layers: shown,
  };
}

function sourceOf(value: unknown, layers: Layers, path: Path): Source {
  if (value === undefined) return "nowhere";
  const own: Source = topmost(layers, path) ?? "schema";
  if (!isObject(value)) return own;
  const sources = new Set(Object.keys(value).map((name) => sourceOf(value[name], layers, [...path, name])));
  const [only = own] = sources;
  return sources.size > 1 ? "several" : only;
}

function topmost({ environment, store, defaults }: Layers, path: Path): Source | undefined {
  if (valueAt(environment, path) !== undefined) return "environment";
  if (valueAt(store, path) !== undefined) return "store";
  return valueAt(defaults, path) === undefined ? undefined : "defaults";
}
