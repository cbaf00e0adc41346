import { inspect } from "node:util";
import type { Coord, WaitOptions } from "@coord/core";
import { contextOf, Events, type RecipeContext } from "@coord/core/recipe";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { EnvironmentNames } from "./environment.ts";
import { type Explanation, explained } from "./explaining.ts";
import { ConfigFolder, defaultKeep, type FolderOptions } from "./folder.ts";
import type { KeptVersion } from "./history.ts";
import { type Current, Interpreter, type InterpretingOptions } from "./interpreting.ts";
import { begin } from "./opening.ts";
import { type PathLike, toPath } from "./path.ts";
import { type DocumentKeys, keysOf } from "./place.ts";
import { Rollout } from "./rollout.ts";
import { Running } from "./running.ts";
import { Selection } from "./selection.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { type ConfigEvents, type Rejection, type StoredState, View } from "./view.ts";
import { type SetOptions, type Stored, type WriteOptions, Writer } from "./writer.ts";

export interface ConfigOptions<Schema extends StandardSchemaV1> extends InterpretingOptions<Schema>, WaitOptions {
  /** A prefix of environment variables that lie above the store's document, or which variable stands for which part. Default: none. */
  readonly env?: EnvironmentNames | undefined;
  /** Where those are taken from, once. Default: `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Where the last good version is kept for a start without the store. Default: nowhere. */
  readonly snapshotFile?: string | undefined;
  /** What this instance is called: by it roll-outs come to it, and `rollout.status()` shows which version it runs. Default: the client's `owner`, not shown. */
  readonly instance?: string | undefined;
  /** How many versions are kept; give the same everywhere. Default 20. */
  readonly keep?: number | undefined;
  /** How long to wait for the store at the start, in milliseconds. Default 5000. */
  readonly waitMs?: number | undefined;
}

/**
 * One document of the store as typed configuration: layered, validated, live. (A versioned register with compare-and-set; the layers are those of
 * The Twelve-Factor App and Spring's property sources; see docs/config.md.)
 */
export class Config<Schema extends StandardSchemaV1 = StandardSchemaV1> implements AsyncDisposable {
  readonly name: string;
  /** Brings a new version to a share of the instances first. */
  readonly rollout: Rollout<Schema>;
  readonly #context: RecipeContext;
  readonly #keys: DocumentKeys;
  readonly #interpreter: Interpreter<Schema>;
  readonly #writer: Writer<Schema>;
  readonly #events: Events<ConfigEvents<Current<Schema>>>;
  readonly #view: View<Current<Schema>>;
  readonly #file: SnapshotFile | undefined;
  #running: Running | undefined;

  private constructor(coord: Coord, name: string, options: ConfigOptions<Schema>) {
    const { env, environment = process.env, snapshotFile, instance, keep = defaultKeep } = options;
    this.name = name;
    this.#keys = keysOf(name);
    const context = contextOf(coord, this.#keys.document);
    this.#context = context;
    this.#interpreter = new Interpreter(options, env, environment);
    this.#writer = new Writer(context, this.#interpreter, keep);
    this.#events = new Events(context.logger);
    this.#file = snapshotFile === undefined ? undefined : new SnapshotFile(context, name, snapshotFile);
    this.#view = new View(
      context,
      {
        keys: this.#keys,
        instance: instance ?? context.owner,
        interpret: (stored) => this.#interpreter.interpret(stored),
        onApplied: ({ document, version }) => {
          this.#file?.save(document);
          this.#running?.runs(version);
        },
      },
      this.#events,
    );
    this.rollout = new Rollout(context, this.#keys, this.#writer, (version) => this.#view.reached(version));
  }

  /**
   * Opens a document; resolves when there is something to read: what the store has, or without it the snapshot file.
   *
   * @throws ValidationError when what there is does not satisfy the schema; UnavailableError naming the endpoints, when the store is out of reach and no snapshot
   * file helps; the signal's own reason when cancelled; UsageError; AuthError; ClosedError
   */
  static async open<Schema extends StandardSchemaV1>(
    coord: Coord,
    name: string,
    options: ConfigOptions<Schema>,
  ): Promise<Config<Schema>> {
    const config = new Config(coord, name, options);
    try {
      const { signal, waitMs, instance } = options;
      const parts = { context: config.#context, name, view: config.#view, file: config.#file };
      await begin(parts, { signal, waitMs });
      if (instance !== undefined)
        config.#running = new Running(config.#context, config.#keys, instance, config.version);
      return config;
    } catch (error) {
      await config.close();
      throw error;
    }
  }

  /** Opens all documents directly below a name, `"services/"`, as they are at one moment. */
  static openAll<Schema extends StandardSchemaV1>(
    coord: Coord,
    folder: string,
    options: FolderOptions<Schema>,
  ): Promise<ConfigFolder<Schema>> {
    return ConfigFolder.open(coord, folder, options);
  }

  /** The configuration in effect, frozen. The same object until something in it changes. */
  get current(): Current<Schema> {
    return this.#view.applied.value;
  }

  /** The version in effect; 0 where the store has none. */
  get version(): number {
    return this.#view.applied.version;
  }

  /** The store is out of sight: this is the last that is known. */
  get stale(): boolean {
    return this.#view.stale;
  }

  /** What the store has of it. */
  get stored(): StoredState {
    return this.#view.stored;
  }

  /** Why what is in the store was not taken over, while that is so. */
  get rejection(): Rejection | undefined {
    return this.#view.rejection;
  }

  /** A part, and its changes alone: `config.select((c) => c.rateLimit).on("change", …)`. */
  select<U>(selector: (current: Current<Schema>) => U): Selection<U> {
    const subscribe = (changed: () => void) => {
      this.#events.on("change", changed);
      return () => this.#events.off("change", changed);
    };
    return new Selection(this.#context, { current: () => this.current, subscribe }, () => selector(this.current));
  }

  on<Name extends keyof ConfigEvents<Current<Schema>>>(
    name: Name,
    listener: ConfigEvents<Current<Schema>>[Name],
  ): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof ConfigEvents<Current<Schema>>>(
    name: Name,
    listener: ConfigEvents<Current<Schema>>[Name],
  ): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends keyof ConfigEvents<Current<Schema>>>(
    name: Name,
    listener: ConfigEvents<Current<Schema>>[Name],
  ): this {
    this.#events.off(name, listener);
    return this;
  }

  /**
   * Makes a new version of what is stored, by compare-and-set: when somebody else was faster `change` is asked again. It is given what is in the store,
   * without the layers below and above. Resolves with the new version, which `current` shows then.
   *
   * @throws ValidationError when the schema refuses it; ConflictError when others were faster twelve times, or a version is being rolled out;
   * ValueTooLargeError; TimeoutError after `waitMs`; UnknownOutcomeError when it can't be known any more whether it was written; DeadlockError inside a
   * `change` of the same document; UsageError when `change` returns nothing, or what is no JSON; ClosedError
   */
  async update(
    change: (now: Stored<Schema>) => Stored<Schema> | Promise<Stored<Schema>>,
    options: WriteOptions = {},
  ): Promise<number> {
    return this.#shown(await this.#writer.update(this.#keys, change, options));
  }

  /** Replaces what is stored by `value` as it is at the call, whatever is there, or only at `ifVersion`. Also where what is there can't be read. @throws as `update` */
  async set(value: Stored<Schema>, options: SetOptions = {}): Promise<number> {
    return this.#shown(await this.#writer.set(this.#keys, value, options));
  }

  /** Deletes the document: the layers below are in effect then. A version like any other, to which one can go back. @throws as `update` */
  async remove(options: SetOptions = {}): Promise<number> {
    return this.#shown(await this.#writer.remove(this.#keys, options));
  }

  /** The versions that are kept, the newest first, secrets masked. */
  history({ limit }: { readonly limit?: number | undefined } = {}): Promise<readonly KeptVersion[]> {
    return this.#writer.history(this.#keys, limit);
  }

  /** Writes a kept version anew, as a new one. A roll-out that is under way ends. @throws UsageError when it is not kept; as `update` */
  async rollback(version: number, options: WriteOptions = {}): Promise<number> {
    return this.#shown(await this.#writer.rollback(this.#keys, version, options));
  }

  /** Where a part comes from, layer by layer; without a path, the whole. Secrets are masked. */
  explain(path: PathLike = []): Explanation {
    const { variables, secrets } = this.#interpreter;
    return explained({ ...this.#view.applied, variables, secrets }, toPath(path));
  }

  /** Stops looking. `current` stays as it is. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#view.close();
    this.#events.clear();
    await Promise.all([this.#running?.close(), this.#file?.settled()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What a person may see: secrets are masked. */
  toJSON(): object {
    const { value, version } = this.#view.applied;
    return {
      name: this.name,
      version,
      stored: this.stored,
      stale: this.stale,
      current: this.#interpreter.secrets.masked(value),
    };
  }

  [inspect.custom](): object {
    return this.toJSON();
  }

  async #shown(version: number): Promise<number> {
    await this.#view.reached(version);
    return version;
  }
}
