import { ConflictError, UsageError, type WaitOptions } from "@coord/core";
import { isTransient, type RecipeContext, retry } from "@coord/core/recipe";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Base } from "./archive.ts";
import { type Candidate, type Document, decodeDocument, lastVersion } from "./document.ts";
import type { DocumentKeys } from "./place.ts";
import { type RunningInstance, runningInstances } from "./running.ts";
import type { Stored, WriteOptions, Writer } from "./writer.ts";

/** What a document's roll-out does after it has written: see that its own view has it. */
export type Settle = (version: number) => Promise<void>;

export interface RolloutStatus {
  /** The version of those whom the roll-out has not come to; 0 where there is none. */
  readonly version: number;
  /** `null`: no version is being rolled out. */
  readonly candidate: { readonly version: number; readonly share: number } | null;
  /** The instances that were opened with `instance`, and which version each of them runs. */
  readonly instances: readonly RunningInstance[];
}

/**
 * Brings a new version to a share of the instances, to more of them, and to all, or takes it back. It is the hash of its name that decides when an instance's turn
 * comes, so that a wider share has all of the narrower one.
 */
export class Rollout<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly #context: RecipeContext;
  readonly #keys: DocumentKeys;
  readonly #writer: Writer<Schema>;
  readonly #settle: Settle;

  constructor(context: RecipeContext, keys: DocumentKeys, writer: Writer<Schema>, settle: Settle) {
    this.#context = context;
    this.#keys = keys;
    this.#writer = writer;
    this.#settle = settle;
  }

  /**
   * A new version, for this share of the instances. Resolves with its number.
   *
   * @param share from 0, nobody, to 1, all
   * @throws ConflictError when a version is being rolled out already, or there is none yet to go back to; what `update` throws
   */
  async begin(
    change: (now: Stored<Schema>) => unknown,
    { share, ...options }: WriteOptions & { readonly share: number },
  ): Promise<number> {
    assertShare(share);
    return this.#revise(async (base) => {
      const { document } = base;
      if (!document) throw this.#conflict("to have a version to go back to", "it has none; set one first");
      if (document.candidate)
        throw this.#conflict(
          "without a roll-out under way",
          `version ${document.candidate.revision.version} is being rolled out`,
        );
      const revision = await this.#writer.revision(this.#keys, base, change, options);
      return { ...document, candidate: { share, revision } };
    }, options);
  }

  /**
   * For this share from now on, which may not be a smaller one: an instance never goes back to an older version.
   *
   * @throws ConflictError when no version is being rolled out; UsageError when the share is smaller than it is
   */
  async widen(share: number, options: WaitOptions = {}): Promise<number> {
    assertShare(share);
    return this.#revise((base) => {
      const { document, candidate } = this.#underWay(base);
      if (share < candidate.share) {
        throw new UsageError(
          `\`share\` is ${candidate.share} by now and can't be lowered to ${share}: abandon the roll-out instead.`,
          {
            operation: "config.rollout",
            key: this.#keys.name,
          },
        );
      }
      return { ...document, candidate: { ...candidate, share } };
    }, options);
  }

  /** For all: the version is the document's from now on. */
  async promote(options: WaitOptions = {}): Promise<number> {
    let version: number | undefined;
    return this.#revise((base) => {
      if (version !== undefined && base.document?.version === version) return undefined; // an answer was lost, and it was done
      const { revision } = this.#underWay(base).candidate;
      version = revision.version;
      return revision;
    }, options);
  }

  /** For nobody: what the others run is written anew, as a version that is newer than the one given up. */
  async abandon(options: WriteOptions = {}): Promise<number> {
    return this.#revise((base) => {
      const { document, candidate } = this.#underWay(base);
      const { candidate: _, ...before } = document;
      const { owner, runtime } = this.#context;
      return {
        ...before,
        version: base.next,
        id: base.id,
        author: options.author ?? owner,
        time: new Date(runtime.wallClock()).toISOString(),
        message: options.message ?? `roll-out of version ${candidate.revision.version} abandoned`,
      };
    }, options);
  }

  /** What is being rolled out, and who runs which version, asked of the store now. */
  async status(): Promise<RolloutStatus> {
    const { store, runtime } = this.#context;
    const read = () => Promise.all([store.get(this.#keys.document), runningInstances(this.#context, this.#keys)]);
    const [entry, instances] = await retry(runtime, read, { when: isTransient, retries: 4 });
    const decoded = entry && decodeDocument(entry);
    const document = decoded && "document" in decoded ? decoded.document : undefined;
    const candidate = document?.candidate;
    return {
      version: document?.version ?? 0,
      candidate: candidate ? { version: candidate.revision.version, share: candidate.share } : null,
      instances,
    };
  }

  async #revise(
    change: (base: Base) => Promise<Document | undefined> | Document | undefined,
    options: WaitOptions,
  ): Promise<number> {
    const [document] = await this.#writer.revise(this.#keys, change, options);
    const version = document ? lastVersion(document) : 0;
    await this.#settle(version);
    return version;
  }

  #underWay({ document }: Base): { readonly document: Document; readonly candidate: Candidate } {
    if (document?.candidate) return { document, candidate: document.candidate };
    throw this.#conflict("with a roll-out under way", "no version of it is being rolled out");
  }

  #conflict(expected: string, actual: string): ConflictError {
    return new ConflictError(this.#keys.document, expected, actual);
  }
}

function assertShare(share: number): void {
  if (typeof share === "number" && share >= 0 && share <= 1) return;
  throw new UsageError(`\`share\` must be a number from 0 to 1, got ${String(share)}.`, {
    operation: "config.rollout",
  });
}
