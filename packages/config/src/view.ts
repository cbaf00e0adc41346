import { isDeepStrictEqual } from "node:util";
import type { Entry, Issue } from "@coord/core";
import { closedError, type Events, isSame, type RecipeContext, traced } from "@coord/core/recipe";
import { type Decoded, type Document, decodeDocument, lastVersion, revisionFor } from "./document.ts";
import type { Interpreted, Layers } from "./interpreting.ts";
import { invalid } from "./invalid.ts";
import type { JsonObject } from "./json.ts";
import { Looking, type Restored } from "./looking.ts";
import type { DocumentKeys } from "./place.ts";

/**
 * What the store has of a document. `missing`: no entry. `deleted`: an entry that says so; both leave what the layers below say. `empty`: a document that
 * sets nothing. `set`: one that sets something. `invalid`: what is there can't be taken over, and the last good version stays.
 */
export type StoredState = "missing" | "deleted" | "empty" | "set" | "invalid";

export interface Rejection {
  /** 0 where it can't be read. */
  readonly version: number;
  readonly issues: readonly Issue[];
}

export interface ConfigEvents<T> {
  /** What the application gets has changed. */
  change(now: T, before: T): void;
  /** What is in the store was not taken over; the last good version stays. */
  rejected(rejection: Rejection): void;
  /** The store has come out of sight, or into it. */
  stale(now: boolean): void;
  /** The store was restored to an older state, which is taken over next: the only way in which a view goes back. */
  restored(revisions: Restored): void;
}

/** What is in effect. */
export interface Applied<T> {
  readonly value: T;
  readonly version: number;
  readonly stored: Exclude<StoredState, "invalid">;
  readonly layers: Layers;
  readonly document: Document | undefined;
}

export interface ViewOptions<T> {
  readonly keys: DocumentKeys;
  /** By which it is told whether a roll-out has come to it. */
  readonly instance: string;
  readonly interpret: (stored: JsonObject | null) => Promise<Interpreted<T>>;
  /** Told of each version that was taken over from the store. */
  readonly onApplied?: (applied: Applied<T>) => void;
}

/**
 * A document as one application sees it: takes over each newer state that is valid, one after the other, the newest only, and never an older one.
 */
export class View<T> {
  readonly #context: RecipeContext;
  readonly #options: ViewOptions<T>;
  readonly #events: Events<ConfigEvents<T>>;
  readonly #looking: Looking;
  #applied: Applied<T> | undefined;
  #rejected: Rejection | undefined;
  /** The entry looked at last: `null` for none, `undefined` before the first look. */
  #seen: Entry | null | undefined;
  #seenVersion = 0;

  constructor(context: RecipeContext, options: ViewOptions<T>, events: Events<ConfigEvents<T>>) {
    this.#context = context;
    this.#options = options;
    this.#events = events;
    this.#looking = new Looking(
      context,
      { key: options.keys.document },
      {
        lookAt: ({ entries }) => this.#lookAt(entries[0] ?? null),
        restored: (revisions) => events.emit("restored", revisions),
        staleChanged: (stale) => this.#applied && events.emit("stale", stale),
      },
    );
  }

  /** @throws ClosedError before there is any */
  get applied(): Applied<T> {
    if (!this.#applied) throw closedError();
    return this.#applied;
  }

  get stale(): boolean {
    return this.#looking.stale;
  }

  get stored(): StoredState {
    return this.#rejected ? "invalid" : this.applied.stored;
  }

  get rejection(): Rejection | undefined {
    return this.#rejected;
  }

  /**
   * Resolves when there is something to show.
   *
   * @throws ValidationError when what is there is not valid; what no retry mends; ClosedError
   */
  first(): Promise<void> {
    return this.#looking.until(() => {
      if (this.#applied) return true;
      if (!this.#rejected) return false;
      const { name } = this.#options.keys;
      const { version, issues } = this.#rejected;
      throw invalid(`The document ${JSON.stringify(name)}, version ${version},`, name, issues);
    });
  }

  /** Resolves when this version, or a later one, has been looked at; or it can't be. */
  reached(version: number): Promise<void> {
    return this.#looking.soon(() => this.#seenVersion >= version);
  }

  /** Takes over what was good before, unless there is something newer by now. What was found to be wrong since stays known. */
  async begin(decoded: Decoded | undefined): Promise<boolean> {
    const rejected = this.#rejected;
    if (!this.#applied) await this.#take(decoded, () => this.#applied === undefined);
    this.#rejected ??= rejected;
    return this.#applied !== undefined;
  }

  close(): void {
    this.#looking.close();
  }

  async #lookAt(entry: Entry | null): Promise<void> {
    if (this.#seen === null ? entry === null : this.#seen && entry && isSame(this.#seen, entry)) return;
    this.#seen = entry;
    const decoded = entry ? decodeDocument(entry) : undefined;
    await this.#take(decoded, () => !this.#looking.over);
    this.#seenVersion = decoded && "document" in decoded ? lastVersion(decoded.document) : 0;
  }

  async #take(decoded: Decoded | undefined, wanted: () => boolean): Promise<void> {
    const { keys, instance, interpret } = this.#options;
    if (decoded && "unreadable" in decoded) return this.#reject(0, [{ path: [], message: decoded.unreadable }]);
    const document = decoded?.document;
    const revision = document && revisionFor(document, instance);
    const version = revision?.version ?? 0;
    const result = await traced("config.apply", { name: keys.name, version }, () => interpret(revision?.value ?? null));
    if (!wanted()) return;
    if ("issues" in result) return this.#reject(version, result.issues);
    this.#apply({ ...result, version, document, stored: revision ? stateOf(revision.value) : "missing" });
  }

  /** A value that is the same stays the very same object. */
  #apply(now: Applied<T>): void {
    const before = this.#applied;
    this.#rejected = undefined;
    const same = before !== undefined && isDeepStrictEqual(before.value, now.value);
    this.#applied = same ? { ...now, value: before.value } : now;
    if (this.#seen !== undefined) this.#options.onApplied?.(this.#applied);
    if (before && !same) this.#events.emit("change", now.value, before.value);
  }

  #reject(version: number, issues: readonly Issue[]): void {
    const { name } = this.#options.keys;
    this.#rejected = Object.freeze({ version, issues });
    this.#context.logger.warn(
      { name, version, issues },
      "a document in the store is not valid; the last good version stays",
    );
    this.#events.emit("rejected", this.#rejected);
  }
}

const stateOf = (value: JsonObject | null): Exclude<StoredState, "invalid"> =>
  value === null ? "deleted" : Object.keys(value).length === 0 ? "empty" : "set";
