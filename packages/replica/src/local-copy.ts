import { type Events, lookOn, type RecipeContext, type Snapshot, type Wait } from "@coord/core/recipe";
import { Contents, type Rejection } from "./contents.ts";
import type { SharedMapEvents } from "./options.ts";
import type { Values } from "./values.ts";

export interface LocalCopyOptions<T> {
  readonly context: RecipeContext;
  readonly name: string;
  readonly under: string;
  readonly values: Values<T>;
  readonly events: Events<SharedMapEvents<T>>;
}

/** What this node holds of a map: the newest that the store has shown, taken over as a whole, and what of it is told. */
export class LocalCopy<T> {
  readonly #options: LocalCopyOptions<T>;
  readonly #waiters = new Set<() => void>();
  readonly #leave: () => void;
  #contents = new Contents<T>();
  #history: number | undefined;
  #fresh = false;
  #closed = false;
  #failure: unknown;
  /** The newest that the store has shown and that isn't taken over yet. */
  #shown: Snapshot | undefined;
  #taking = false;

  constructor(options: LocalCopyOptions<T>) {
    this.#options = options;
    const { context, under } = options;
    this.#leave = lookOn(
      context,
      { under },
      {
        shown: (snapshot) => this.#show(snapshot),
        failed: (error) => this.#failed(error),
        ended: () => this.#end(),
      },
    );
  }

  get contents(): Contents<T> {
    return this.#contents;
  }

  /** Which of the store's histories it is of; `undefined` before it has been shown any. */
  get history(): number | undefined {
    return this.#history;
  }

  /** It is what the store holds, as far as can be known. */
  get fresh(): boolean {
    return this.#fresh;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why there has never been one to show, where no waiting mends that. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Waits until the copy is so. */
  until(wait: Wait, reached: () => boolean): Promise<void> {
    if (reached()) return Promise.resolve();
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (!reached()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      wait.endOn(() => () => this.#waiters.delete(look));
    });
    return wait.race(seen);
  }

  close(): void {
    this.#leave();
    this.#end();
  }

  #show(snapshot: Snapshot): void {
    this.#shown = snapshot;
    if (!this.#taking) void this.#takeOver();
  }

  /** One after the other, since a schema may take its time; what was replaced meanwhile is skipped. */
  async #takeOver(): Promise<void> {
    const { under, values } = this.#options;
    this.#taking = true;
    while (this.#shown && !this.#closed) {
      const { entries, revision, stale, history } = this.#shown;
      this.#shown = undefined;
      const next = stale ? this.#contents : await this.#contents.next(entries, revision, under, values);
      if (!this.#closed) this.#become(next, !stale, history);
    }
    this.#taking = false;
  }

  #become(next: Contents<T>, fresh: boolean, history: number): void {
    const { events } = this.#options;
    const before = this.#contents;
    const wasFresh = this.#fresh;
    const isAnother = fresh && this.#history !== undefined && this.#history !== history;
    this.#contents = next;
    this.#fresh = fresh;
    if (fresh) this.#history = history;
    if (isAnother) this.#restored(before.revision, next.revision);
    for (const rejection of next.rejectedSince(before)) this.#rejected(rejection);
    for (const change of next.changesSince(before)) events.emit("change", change);
    if (wasFresh !== fresh) events.emit("stale", !fresh);
    this.#tell();
  }

  #restored(before: bigint, now: bigint): void {
    const { context, name, events } = this.#options;
    context.logger.error(
      { map: name, before, now },
      "the store was restored to an older state, which the map shows now",
    );
    events.emit("restored", { before, now });
  }

  #rejected(rejection: Rejection): void {
    const { context, name, events } = this.#options;
    const { key, error } = rejection;
    context.logger.warn({ map: name, key, error }, "an entry of a map can't be read and is left out");
    events.emit("rejected", rejection);
  }

  #failed(error: unknown): void {
    if (this.#contents.revision === 0n) this.#failure = error;
    this.#tell();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#fresh) {
      this.#fresh = false;
      this.#options.events.emit("stale", true);
    }
    this.#tell();
  }

  #tell(): void {
    for (const look of [...this.#waiters]) look();
  }
}
