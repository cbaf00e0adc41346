import { inspect, isDeepStrictEqual } from "node:util";
import { type Coord, type Entry, UnavailableError, UsageError, type WaitOptions } from "@coord/core";
import { attended, contextOf, Events, isSame, type Key, type RecipeContext, toName } from "@coord/core/recipe";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { decodeDocument, lastVersion, type Revision, revisionFor } from "./document.ts";
import { type Current, Interpreter, type InterpretingOptions } from "./interpreting.ts";
import { Looking, type Restored } from "./looking.ts";
import { type DocumentKeys, folderKey, keysOf } from "./place.ts";
import { assertTogether } from "./route.ts";
import type { Rejection } from "./view.ts";
import { type Stored, type WriteOptions, Writer } from "./writer.ts";

/** The documents by name; those that are deleted, or not valid and never were, are not in it. */
export type FolderContents<Schema extends StandardSchemaV1> = ReadonlyMap<string, Current<Schema>>;

export interface FolderOptions<Schema extends StandardSchemaV1> extends InterpretingOptions<Schema>, WaitOptions {
  /** By which roll-outs come to this instance. Default: the client's `owner`. */
  readonly instance?: string | undefined;
  /** How many versions of each are kept; give the same everywhere. Default 20. */
  readonly keep?: number | undefined;
  /** How long to wait for the store at the start, in milliseconds. Default 5000. */
  readonly waitMs?: number | undefined;
}

export interface FolderEvents<Schema extends StandardSchemaV1> {
  /** Something in it has changed; all that was changed together comes together. */
  change(now: FolderContents<Schema>, before: FolderContents<Schema>): void;
  rejected(rejection: Rejection & { readonly name: string }): void;
  stale(now: boolean): void;
  /** The store was restored to an older state, which is taken over next: the only way in which the documents go back. */
  restored(revisions: Restored): void;
}

/** What is known of one document. */
interface Known<T> {
  /** Of the entry that was looked at last. */
  readonly seen: Entry;
  readonly lastVersion: number;
  /** The last good one; `undefined` while there has been none, or it is deleted. */
  readonly good: { readonly value: T; readonly version: number } | undefined;
}

export const defaultOpenMs = 5_000;
export const defaultKeep = 20;

/** All documents directly below a name, of one schema, as they are at one moment. Made by `Config.openAll`. */
export class ConfigFolder<Schema extends StandardSchemaV1 = StandardSchemaV1> implements AsyncDisposable {
  readonly name: string;
  readonly #context: RecipeContext;
  readonly #key: Key;
  readonly #instance: string;
  readonly #interpreter: Interpreter<Schema>;
  readonly #writer: Writer<Schema>;
  readonly #events: Events<FolderEvents<Schema>>;
  readonly #looking: Looking;
  #known: ReadonlyMap<string, Known<Current<Schema>>> = new Map();
  #current: FolderContents<Schema> | undefined;

  private constructor(coord: Coord, folder: string, options: FolderOptions<Schema>) {
    this.#key = folderKey(folder);
    this.name = toName(this.#key);
    assertTogether(coord, this.name);
    const context = contextOf(coord, this.#key);
    this.#context = context;
    this.#instance = options.instance ?? context.owner;
    this.#interpreter = new Interpreter(options);
    this.#writer = new Writer(context, this.#interpreter, options.keep ?? defaultKeep);
    this.#events = new Events(context.logger);
    this.#looking = new Looking(
      context,
      { under: this.#key },
      {
        lookAt: ({ entries }) => this.#lookAt(entries),
        restored: (revisions) => this.#events.emit("restored", revisions),
        staleChanged: (stale) => this.#events.emit("stale", stale),
      },
    );
  }

  static async open<Schema extends StandardSchemaV1>(
    coord: Coord,
    name: string,
    options: FolderOptions<Schema>,
  ): Promise<ConfigFolder<Schema>> {
    const folder = new ConfigFolder(coord, name, options);
    const { signal, waitMs = defaultOpenMs } = options;
    const { endpoints } = folder.#context;
    const timeout = () =>
      new UnavailableError(
        `The documents of ${JSON.stringify(folder.name)} could not be read within ${waitMs} ms from ${endpoints.join(", ")}. Check that the store runs.`,
        { operation: "config.openAll", key: folder.name, cause: folder.#context.trouble() },
      );
    try {
      await attended(folder.#context, { signal, waitMs, timeout }, (wait) =>
        wait.race(folder.#looking.until(() => folder.#current !== undefined)),
      );
      return folder;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** All of them, as they were at one moment: what is changed in one step is never seen in part. */
  get current(): FolderContents<Schema> {
    return this.#current ?? new Map();
  }

  /** The version in effect of one of them; 0 where there is none. */
  version(name: string): number {
    return this.#known.get(name)?.good?.version ?? 0;
  }

  /** The store is out of sight: this is the last that is known. */
  get stale(): boolean {
    return this.#looking.stale;
  }

  on<Name extends keyof FolderEvents<Schema>>(name: Name, listener: FolderEvents<Schema>[Name]): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof FolderEvents<Schema>>(name: Name, listener: FolderEvents<Schema>[Name]): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends keyof FolderEvents<Schema>>(name: Name, listener: FolderEvents<Schema>[Name]): this {
    this.#events.off(name, listener);
    return this;
  }

  /**
   * Makes new versions of several documents in one step: all of them, or none. Resolves with their versions, by name.
   *
   * @throws as `Config.update`
   */
  async update(
    changes: Readonly<Record<string, (now: Stored<Schema>) => Stored<Schema> | undefined>>,
    options: WriteOptions = {},
  ): Promise<Readonly<Record<string, number>>> {
    const names = Object.keys(changes);
    if (names.length === 0) throw new UsageError("`update` needs at least one document to change.");
    const each = names.map((name) => [this.#keysOf(name), (now: Stored<Schema>) => changes[name]?.(now)] as const);
    const documents = await this.#writer.writeAll(each, options);
    const versions = Object.fromEntries(
      documents.map((document, index) => [names[index] ?? "", lastVersion(document)]),
    );
    await this.#looking.soon(() =>
      names.every((name) => (this.#known.get(name)?.lastVersion ?? 0) >= (versions[name] ?? 0)),
    );
    return versions;
  }

  /** Stops looking. `current` stays as it is. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#looking.close();
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What a person may see: secrets are masked. */
  toJSON(): object {
    const { secrets } = this.#interpreter;
    const current = Object.fromEntries([...this.current].map(([name, value]) => [name, secrets.masked(value)]));
    return { name: this.name, stale: this.stale, current };
  }

  [inspect.custom](): object {
    return this.toJSON();
  }

  #keysOf(name: string): DocumentKeys {
    if (name.includes("/"))
      throw new UsageError(`${JSON.stringify(name)} is not directly below ${JSON.stringify(this.name)}.`);
    return keysOf(`${this.name}/${name}`);
  }

  /** All of one moment is taken in before any of it is shown. */
  async #lookAt(entries: readonly Entry[]): Promise<void> {
    const known = new Map(await Promise.all(entries.map((entry) => this.#lookAtOne(entry))));
    if (this.#looking.over) return;
    this.#known = known;
    const before = this.#current;
    const now = new Map([...known].flatMap(([name, { good }]) => (good ? [[name, good.value] as const] : [])));
    if (before && isDeepStrictEqual(now, before)) return;
    this.#current = now;
    if (before) this.#events.emit("change", now, before);
  }

  async #lookAtOne(entry: Entry): Promise<readonly [string, Known<Current<Schema>>]> {
    const name = toName(entry.key.slice(this.#key.length + 1));
    const known = this.#known.get(name);
    if (known && isSame(known.seen, entry)) return [name, known];
    const decoded = decodeDocument(entry);
    if ("unreadable" in decoded) {
      this.#reject(name, 0, [{ path: [], message: decoded.unreadable }]);
      return [name, { seen: entry, lastVersion: known?.lastVersion ?? 0, good: known?.good }];
    }
    const revision: Revision = revisionFor(decoded.document, this.#instance);
    const seen = { seen: entry, lastVersion: lastVersion(decoded.document) };
    if (revision.value === null) return [name, { ...seen, good: undefined }];
    const result = await this.#interpreter.interpret(revision.value);
    if (!("issues" in result)) return [name, { ...seen, good: { value: result.value, version: revision.version } }];
    this.#reject(name, revision.version, result.issues);
    return [name, { ...seen, good: known?.good }];
  }

  #reject(name: string, version: number, issues: Rejection["issues"]): void {
    this.#context.logger.warn(
      { folder: this.name, name, version, issues },
      "a document in the store is not valid; the last good version stays",
    );
    this.#events.emit("rejected", { name, version, issues });
  }
}
