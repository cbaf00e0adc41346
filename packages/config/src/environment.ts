import { UsageError } from "@coord/core";
import { copied, type Json, merged } from "./json.ts";
import { objectWith, onOneWay, type Path, type PathLike, toPath } from "./path.ts";

/** A prefix, or which variable stands for which part. */
export type EnvironmentNames = string | Readonly<Record<string, PathLike>>;

/** A variable that stands for a part of the document. */
export interface Variable {
  readonly name: string;
  readonly path: Path;
  readonly text: string;
}

/**
 * The variables that are set, by name. With a prefix, `__` separates the segments of a path, and `_` the words of one: `BILLING_DB__MAX_CONNECTIONS` is
 * `db.maxConnections`.
 */
export function variablesIn(names: EnvironmentNames | undefined, environment: NodeJS.ProcessEnv): readonly Variable[] {
  if (names === undefined) return [];
  const found = typeof names === "string" ? byPrefix(names, environment) : byName(names, environment);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byPrefix(prefix: string, environment: NodeJS.ProcessEnv): Variable[] {
  if (prefix === "") throw new UsageError("`env` must not be empty: all variables of the process would count.");
  return Object.entries(environment).flatMap(([name, text]) => {
    if (text === undefined || !name.startsWith(prefix) || name.length === prefix.length) return [];
    return { name, text, path: toPath(name.slice(prefix.length).split("__").map(camelCase)) };
  });
}

function byName(names: Readonly<Record<string, PathLike>>, environment: NodeJS.ProcessEnv): Variable[] {
  return Object.entries(names).flatMap(([name, path]) => {
    const text = environment[name];
    return text === undefined ? [] : { name, text, path: toPath(path) };
  });
}

const camelCase = (words: string): string =>
  words.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** How each variable is read: as the text that it is, or, by its name in here, as JSON. */
export type Readings = ReadonlySet<string>;

/** What the environment lays over the document. */
export function overlay(variables: readonly Variable[], asJson: Readings): Json {
  return variables.reduce<Json>((below, { name, path, text }) => {
    const json = asJson.has(name) ? parsed(text) : undefined;
    return merged(below, objectWith(path, json === undefined ? text : json));
  }, {});
}

/**
 * The variables that might be meant as JSON, now that the text was refused: those on whose way one of the issues lies. None is left:
 * `undefined`.
 */
export function readAnew(
  variables: readonly Variable[],
  asJson: Readings,
  issues: readonly Path[],
): Readings | undefined {
  const more = variables.filter(
    ({ name, path, text }) =>
      !asJson.has(name) && parsed(text) !== undefined && issues.some((issue) => onOneWay(issue, path)),
  );
  return more.length === 0 ? undefined : new Set([...asJson, ...more.map(({ name }) => name)]);
}

function parsed(text: string): Json | undefined {
  try {
    const value = copied(JSON.parse(text));
    return typeof value === "string" && value === text ? undefined : value;
  } catch {
    return undefined;
  }
}
