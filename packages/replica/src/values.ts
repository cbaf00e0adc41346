import { CoordError, type Issue, UsageError, ValidationError } from "@coord/core";
import { type Bytes, decodeJson, encodeJson } from "@coord/core/recipe";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** How values become bytes and back. `decode` throws at what it can't read: nothing in a store is trusted. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export interface ValueOptions<T> {
  /** Any Standard Schema: zod, valibot, arktype and others. What it refuses is neither written nor shown. */
  readonly schema?: StandardSchemaV1<unknown, T> | undefined;
  /** Default: JSON in UTF-8, whose objects come out frozen. */
  readonly codec?: Codec<T> | undefined;
}

/** Between the bytes of the store and the values of the application. */
export class Values<T> {
  readonly #schema: StandardSchemaV1<unknown, T> | undefined;
  readonly #codec: Codec<T>;

  constructor({ schema, codec = json as Codec<T> }: ValueOptions<T>) {
    if (schema !== undefined && typeof schema?.["~standard"]?.validate !== "function")
      throw new UsageError("`schema` must be a Standard Schema, such as one of zod, valibot or arktype.");
    this.#schema = schema;
    this.#codec = codec;
  }

  /**
   * What is to be written: nothing that nobody could read again.
   *
   * @throws ValidationError
   */
  async encoded(value: T, where: string): Promise<Bytes> {
    const bytes = attempt(() => this.#codec.encode(value), where);
    await this.decoded(bytes, where);
    return bytes;
  }

  /** @throws ValidationError */
  async decoded(bytes: Bytes, where: string): Promise<T> {
    const value = attempt(() => this.#codec.decode(bytes), where);
    if (!this.#schema) return value;
    const result = await this.#validated(value, where);
    if (result.issues) throw refused(where, result.issues.map(toIssue));
    return frozen(result.value);
  }

  async #validated(value: T, where: string): Promise<StandardSchemaV1.Result<T>> {
    try {
      return (await this.#schema?.["~standard"].validate(value)) ?? { value };
    } catch (error) {
      throw refused(where, [{ path: [], message: `the schema threw: ${wordsOf(error)}` }], error);
    }
  }
}

function attempt<R>(work: () => R, where: string): R {
  try {
    return work();
  } catch (error) {
    if (CoordError.is(error)) throw error;
    throw refused(where, [{ path: [], message: wordsOf(error) }], error);
  }
}

const json: Codec<unknown> = {
  encode: (value) => {
    if (JSON.stringify(value) === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
    return encodeJson(value);
  },
  decode: (bytes) => {
    const value = decodeJson(bytes);
    if (value === undefined) throw new TypeError("it is no JSON in UTF-8");
    return frozen(value);
  },
};

/** What all readers share is nobody's to change. */
function frozen<V>(value: V): V {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

function refused(where: string, issues: readonly Issue[], cause?: unknown): ValidationError {
  const told = issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message));
  return new ValidationError(`The value of ${where} is refused: ${told.join("; ")}.`, issues, { cause });
}

function toIssue({ message, path = [] }: StandardSchemaV1.Issue): Issue {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return { message, path: keys.map((key) => (typeof key === "number" ? key : String(key))) };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
