import { UsageError, type WaitOptions } from "@coord/core";
import type { RecipeContext } from "@coord/core/recipe";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { assertNoRollout, assertVersion, type Base, type Change, revised } from "./archive.ts";
import type { Document, Revision } from "./document.ts";
import { type KeptVersion, readHistory, revisionAt } from "./history.ts";
import { type DeepPartial, type Interpreter, jsonOf } from "./interpreting.ts";
import { invalid } from "./invalid.ts";
import type { JsonObject } from "./json.ts";
import type { DocumentKeys } from "./place.ts";

/** What is stored: what the layers below and above bring is not in it. */
export type Stored<Schema extends StandardSchemaV1> = DeepPartial<StandardSchemaV1.InferInput<Schema>>;

export interface WriteOptions extends WaitOptions {
  /** Who writes. Default: the client's `owner`. */
  readonly author?: string | undefined;
  /** Why. */
  readonly message?: string | undefined;
}

export interface SetOptions extends WriteOptions {
  /** Only if the document is at this version; 0: if there is none. */
  readonly ifVersion?: number | undefined;
}

/** Writes versions of documents that a schema allows. */
export class Writer<Schema extends StandardSchemaV1> {
  readonly #context: RecipeContext;
  readonly #interpreter: Interpreter<Schema>;
  readonly #keep: number;

  constructor(context: RecipeContext, interpreter: Interpreter<Schema>, keep: number) {
    if (!Number.isSafeInteger(keep) || keep < 1)
      throw new UsageError(`\`keep\` must be a whole number from 1 on, got ${String(keep)}.`);
    this.#context = context;
    this.#interpreter = interpreter;
    this.#keep = keep;
  }

  /** A new version of one document, made by `change` of what is stored. */
  update(keys: DocumentKeys, change: (now: Stored<Schema>) => unknown, options: WriteOptions): Promise<number> {
    return this.#write(keys, returning(keys, change), options);
  }

  /** A new version that is as `value` is now. */
  async set(keys: DocumentKeys, value: unknown, options: SetOptions): Promise<number> {
    const stored = jsonOf(`What is written to ${JSON.stringify(keys.name)}`, value);
    return this.#write(keys, () => stored, options);
  }

  remove(keys: DocumentKeys, options: SetOptions): Promise<number> {
    return this.#write(keys, () => undefined, options);
  }

  /** New versions of several documents, all of them or none; where there is `undefined` the document is deleted. */
  writeAll(
    changes: readonly (readonly [keys: DocumentKeys, change: (now: Stored<Schema>) => unknown])[],
    options: SetOptions = {},
  ): Promise<readonly Document[]> {
    assertIfVersion(options.ifVersion);
    const each = changes.map(
      ([keys, change]): Change => ({
        keys,
        change: async (base) => {
          assertVersion(keys, base, options.ifVersion);
          assertNoRollout(keys, base);
          return this.#revision(keys, base, await change((base.document?.value ?? {}) as Stored<Schema>), options);
        },
      }),
    );
    return revised(this.#context, each, this.#keep, options);
  }

  /** Writes a kept version anew. A roll-out that is under way ends. */
  async rollback(keys: DocumentKeys, version: number, options: WriteOptions = {}): Promise<number> {
    const message = options.message ?? `back to version ${version}`;
    const change = async (base: Base) => {
      const old = await revisionAt(this.#context, keys, version, base.signal);
      return this.#revision(keys, base, old.value ?? undefined, { ...options, message });
    };
    const [document] = await this.revise(keys, change, options);
    return document?.version ?? 0;
  }

  /** Any change of a document, roll-outs included. */
  revise(keys: DocumentKeys, change: Change["change"], options: WaitOptions = {}): Promise<readonly Document[]> {
    return revised(this.#context, [{ keys, change }], this.#keep, options);
  }

  /** The next version with this value, validated as every reader will. */
  async revision(
    keys: DocumentKeys,
    base: Base,
    change: (now: Stored<Schema>) => unknown,
    options: WriteOptions,
  ): Promise<Revision> {
    const value = await returning(keys, change)((base.document?.value ?? {}) as Stored<Schema>);
    return this.#revision(keys, base, value, options);
  }

  async history(keys: DocumentKeys, limit = this.#keep): Promise<readonly KeptVersion[]> {
    if (typeof limit !== "number" || !(limit >= 0))
      throw new UsageError(`\`limit\` must be a number from 0 on, got ${String(limit)}.`);
    return readHistory(this.#context, keys, this.#interpreter.secrets, Math.min(limit, this.#keep));
  }

  async #write(keys: DocumentKeys, change: (now: Stored<Schema>) => unknown, options: SetOptions): Promise<number> {
    const [document] = await this.writeAll([[keys, change]], options);
    return document?.version ?? 0;
  }

  async #revision(
    { name }: DocumentKeys,
    { id, next }: Base,
    value: unknown,
    { author, message }: WriteOptions,
  ): Promise<Revision> {
    const stored: JsonObject | null =
      value === undefined ? null : jsonOf(`What is written to ${JSON.stringify(name)}`, value);
    const issues = await this.#interpreter.issuesOf(stored);
    if (issues.length > 0)
      throw invalid(`The new version of ${JSON.stringify(name)} was not written, because it`, name, issues);
    const time = new Date(this.#context.runtime.wallClock()).toISOString();
    const revision = { version: next, value: stored, author: author ?? this.#context.owner, time, id };
    return message === undefined ? revision : { ...revision, message };
  }
}

/** Who forgets to return the value doesn't mean to delete. */
const returning =
  <Now>({ name }: DocumentKeys, change: (now: Now) => unknown) =>
  async (now: Now): Promise<unknown> => {
    const value = await change(now);
    if (value !== undefined) return value;
    throw new UsageError(
      "`change` returned undefined: return what is to be stored, also where you have changed what it was given; remove() deletes.",
      { operation: "config.update", key: name },
    );
  };

function assertIfVersion(version: number | undefined): void {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 0)) return;
  throw new UsageError(`\`ifVersion\` must be a whole number from 0 on, got ${String(version)}.`);
}
