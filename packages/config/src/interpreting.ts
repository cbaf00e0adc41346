import { type Issue, UsageError } from "@coord/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type EnvironmentNames, overlay, type Readings, readAnew, type Variable, variablesIn } from "./environment.ts";
import { type DeepReadonly, frozen } from "./frozen.ts";
import { copied, type Json, type JsonObject, merged } from "./json.ts";
import { type Path, type PathLike, valueAt } from "./path.ts";
import { Secrets } from "./secrets.ts";

export interface InterpretingOptions<Schema extends StandardSchemaV1> {
  /** Any Standard Schema: zod, valibot, arktype and others; its validation may be asynchronous. */
  readonly schema: Schema;
  /** Lies below the store's document, above the defaults of the schema. */
  readonly defaults?: DeepPartial<StandardSchemaV1.InferInput<Schema>> | undefined;
  /** Parts that are shown nowhere: in no error, log, explanation, history or print: `"db.url"`, `"users.*.password"`. */
  readonly secret?: readonly PathLike[] | undefined;
}

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** What the application gets: the schema's output, and nobody can write it. */
export type Current<Schema extends StandardSchemaV1> = DeepReadonly<StandardSchemaV1.InferOutput<Schema>>;

/** What the application gets, together with what it was made of. */
export interface Interpretation<T> {
  readonly value: T;
  readonly layers: Layers;
}

/** From the lowest to the highest. What the schema fills in lies below all of them. */
export interface Layers {
  readonly defaults: Json;
  readonly store: Json | undefined;
  readonly environment: Json;
}

export type Interpreted<T> = Interpretation<T> | { readonly issues: readonly Issue[] };

/** Makes of a stored document what the application gets: lays the layers over each other, validates, freezes. */
export class Interpreter<Schema extends StandardSchemaV1> {
  readonly secrets: Secrets;
  readonly variables: readonly Variable[];
  readonly #schema: Schema;
  readonly #defaults: Json;

  constructor(
    { schema, defaults = {} as never, secret }: InterpretingOptions<Schema>,
    env?: EnvironmentNames,
    environment: NodeJS.ProcessEnv = {},
  ) {
    if (typeof schema?.["~standard"]?.validate !== "function") {
      throw new UsageError("`schema` must be a Standard Schema, such as one of zod, valibot or arktype.");
    }
    this.#schema = schema;
    this.#defaults = jsonOf("defaults", defaults);
    this.secrets = new Secrets(secret);
    this.variables = variablesIn(env, environment);
  }

  /** What all layers make together. */
  async interpret(stored: JsonObject | null): Promise<Interpreted<Current<Schema>>> {
    const below = stored === null ? this.#defaults : merged(this.#defaults, stored);
    let asJson: Readings = new Set();
    while (true) {
      const environment = overlay(this.variables, asJson);
      const result = await this.#validated(merged(below, environment));
      if (!("issues" in result)) {
        const layers = { defaults: this.#defaults, store: stored ?? undefined, environment };
        return { value: result.value, layers };
      }
      const again = readAnew(this.variables, asJson, result.issues.map(segments));
      if (!again) return { issues: this.secrets.maskedIssues(result.issues, [below, environment]) };
      asJson = again;
    }
  }

  /**
   * What is wrong with a document that somebody is about to write: seen with all layers, and also in those parts that the environment hides
   * here and perhaps not elsewhere.
   */
  async issuesOf(stored: JsonObject | null): Promise<readonly Issue[]> {
    const whole = await this.interpret(stored);
    if ("issues" in whole) return whole.issues;
    if (this.variables.length === 0 || stored === null) return [];
    const below = merged(this.#defaults, stored);
    const bare = await this.#validated(below);
    if (!("issues" in bare)) return [];
    const own = bare.issues.filter(({ path }) => path.length > 0 && valueAt(stored, segments({ path })) !== undefined);
    return this.secrets.maskedIssues(own, [below]);
  }

  async #validated(value: Json): Promise<Validated<Current<Schema>>> {
    try {
      const result = await this.#schema["~standard"].validate(copied(value));
      return result.issues ? { issues: result.issues.map(toIssue) } : this.#frozen(result.value);
    } catch (error) {
      return refused("the schema threw", error);
    }
  }

  #frozen(value: StandardSchemaV1.InferOutput<Schema>): Validated<Current<Schema>> {
    try {
      return { value: frozen(value, this.secrets) };
    } catch (error) {
      return refused("what the schema makes of it can't be frozen", error);
    }
  }
}

type Validated<T> = Pick<Interpretation<T>, "value"> | { readonly issues: readonly Issue[] };

const refused = (what: string, error: unknown) => ({
  issues: [{ path: [], message: `${what}: ${error instanceof Error ? error.message : String(error)}` }],
});

const segments = ({ path }: Pick<Issue, "path">): Path => path.map(String);

function toIssue({ message, path = [] }: StandardSchemaV1.Issue): Issue {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return { message, path: keys.map((key) => (typeof key === "number" ? key : String(key))) };
}

/** What is given as JSON, and is an object. */
export function jsonOf(what: string, value: unknown): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(
      `${what} must be an object, got ${value === null ? "null" : Array.isArray(value) ? "an array" : typeof value}.`,
    );
  try {
    return copied(value) as JsonObject;
  } catch (cause) {
    throw new UsageError(`${what} can't be written: ${(cause as Error).message}.`);
  }
}
