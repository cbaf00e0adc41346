import { type Entry, LimitMismatchError, TypeConflictError, UsageError } from "@coord/core";
import { type Bytes, joinKey, lasting, type RecipeContext, revise } from "@coord/core/recipe";

/**
 * How many permits a semaphore has, stored with its name as a decimal number, so that all who use it agree. What was read last is
 * remembered; while somebody listens, a watch keeps it up to date.
 */
export class StoredLimit {
  readonly key: string;
  readonly #name: string;
  readonly #asked: number | undefined;
  readonly #context: RecipeContext;
  readonly #listeners = new Set<() => void>();
  #known: number | undefined;
  #agreed: Promise<void> | undefined;
  #watching: AbortController | undefined;

  /** @param asked what this user takes for the limit; a stored one that differs at first use is an error */
  constructor(context: RecipeContext, name: string, line: string, asked: number | undefined) {
    assertLimit(asked);
    this.#context = context;
    this.#name = name;
    this.#asked = asked;
    this.key = joinKey(line, "limit");
  }

  /** As last read. */
  get known(): number {
    return this.#known ?? this.#asked ?? 0;
  }

  /** Once for each user: the limit that is stored must be the one asked for, and is stored if there is none. */
  agree(): Promise<void> {
    this.#agreed ??= this.#agree().catch((error) => {
      this.#agreed = undefined;
      throw error;
    });
    return this.#agreed;
  }

  /** As it is now: one request. */
  async read(): Promise<number> {
    const entry = await revise(this.#context, this.key, (now) => (now ? undefined : this.#initial()));
    return this.#learn(this.#decode(entry));
  }

  /** As it is now, if there is one; doesn't take part. */
  async peek(): Promise<number | null> {
    const entry = await this.#context.store.get(this.key);
    return entry ? this.#decode(entry) : null;
  }

  async set(limit: number, signal?: AbortSignal): Promise<void> {
    assertLimit(limit);
    const change = (now: Entry | undefined) => (now && this.#decode(now) === limit ? undefined : encode(limit));
    await revise(this.#context, this.key, change, { signal });
    this.#learn(limit);
  }

  /** Calls `changed` whenever another limit is learnt of. The result ends that. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    this.#watching ??= this.#watch();
    return () => {
      this.#listeners.delete(changed);
      if (this.#listeners.size > 0) return;
      this.#watching?.abort("nobody listens");
      this.#watching = undefined;
    };
  }

  async #agree(): Promise<void> {
    const stored = await this.read();
    const asked = this.#asked;
    if (asked === undefined || asked === stored) return;
    throw new LimitMismatchError(
      `The semaphore ${JSON.stringify(this.#name)} has ${stored} permits in the store, but ${asked} were given here. Give the same number everywhere, none at all, or change it by setLimit().`,
      { expected: asked, actual: stored },
      { operation: "semaphore.acquire", key: this.#name },
    );
  }

  #initial(): Bytes {
    const limit = this.#known ?? this.#asked;
    if (limit !== undefined) return encode(limit);
    throw new UsageError(
      `The semaphore ${JSON.stringify(this.#name)} has no limit in the store yet: pass \`permits\`, or call setLimit() once.`,
      { operation: "semaphore.acquire", key: this.#name },
    );
  }

  #watch(): AbortController {
    const watching = new AbortController();
    const { signal } = watching;
    const { store, logger } = this.#context;
    const failed = (error: unknown) =>
      logger.warn(
        { error, key: this.key },
        "the limit can't be seen, and a change shows when somebody leaves; trying again",
      );
    const watch = () => store.watch({ key: this.key }, { signal });
    const follow = async () => {
      for await (const { entries, stale } of lasting(this.#context, watch, { signal, failed })) {
        if (!stale && entries[0]) this.#learnFrom(entries[0], failed);
      }
    };
    follow().catch(failed);
    return watching;
  }

  /** One that makes no sense is passed over: the next one may. */
  #learnFrom(entry: Entry, failed: (error: unknown) => void): void {
    try {
      this.#learn(this.#decode(entry));
    } catch (error) {
      failed(error);
    }
  }

  #learn(limit: number): number {
    if (limit !== this.#known) {
      this.#known = limit;
      for (const changed of [...this.#listeners]) changed();
    }
    return limit;
  }

  #decode(entry: Entry | undefined): number {
    const text = entry ? new TextDecoder().decode(entry.value) : "";
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new TypeConflictError(
      `${JSON.stringify(this.key)} holds something that is no limit of permits: the name is in use as something else, or it was damaged. setLimit() can't mend it; remove it.`,
      { operation: "semaphore.acquire", key: this.#name },
    );
  }
}

const encode = (limit: number): Bytes => new TextEncoder().encode(String(limit));

const largest = 999_999_999;

export function assertLimit(limit: number | undefined): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 1 && limit <= largest)) return;
  throw new UsageError(`\`permits\` must be a whole number from 1 to ${largest}, got ${String(limit)}.`);
}
