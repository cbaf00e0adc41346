import {
  type Coord,
  type Entry,
  LimitMismatchError,
  TimeoutError,
  TypeConflictError,
  UsageError,
  type WaitOptions,
} from "@coord/core";
import {
  attended,
  closedError,
  contextOf,
  decodeJson,
  encodeJson,
  type RecipeContext,
  revise,
  toKey,
  type Wait,
} from "@coord/core/recipe";

export interface CountDownLatchOptions {
  /** How many different participants have to count down, the same for all who use the name. */
  readonly count: number;
}

export interface LatchState {
  readonly count: number;
  /** Who has counted down, in that order. */
  readonly arrived: readonly string[];
  readonly open: boolean;
}

/**
 * Opens when so many participants have counted down, each once however often it says so, and stays open. (Java's CountDownLatch, with
 * participants that have names, because a call whose answer was lost is repeated.)
 */
export class CountDownLatch {
  readonly name: string;
  readonly count: number;
  readonly #key: string;
  readonly #context: RecipeContext;

  /** @throws UsageError when `name` can't be a name on every store, or `count` is no whole number from 1 on. */
  constructor(coord: Coord, name: string, { count }: CountDownLatchOptions) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new UsageError(`\`count\` must be a whole number from 1 on, got ${String(count)}.`);
    this.name = name;
    this.count = count;
    this.#key = toKey(name);
    this.#context = contextOf(coord, this.#key);
  }

  /**
   * Counts this participant, once for ever. Resolves with what the latch is then.
   *
   * @throws LimitMismatchError when others use another count; TypeConflictError when the name is in use as something else; UsageError; TimeoutError; ClosedError
   */
  async countDown(participant: string, options: WaitOptions = {}): Promise<LatchState> {
    if (typeof participant !== "string" || participant === "")
      throw new UsageError(`\`participant\` must be a text that names who counts down, got ${String(participant)}.`);
    const arrive = (now: Entry | undefined) => {
      const { arrived } = this.#decode(now);
      if (arrived.includes(participant)) return undefined;
      return encodeJson({ count: this.count, arrived: [...arrived, participant] });
    };
    return this.#attended("countDown", options, async (wait) => {
      const { signal } = wait;
      return this.#decode(await wait.race(revise(this.#context, this.#key, arrive, { signal })));
    });
  }

  /** Resolves when it is open. */
  wait(options: WaitOptions = {}): Promise<void> {
    return this.#attended("wait", options, (wait) => wait.race(this.#untilOpen(wait)));
  }

  /** What it is now. */
  async inspect(): Promise<LatchState> {
    return this.#decode(await this.#context.store.get(this.#key));
  }

  async #untilOpen(wait: Wait): Promise<void> {
    for await (const { entries, stale } of this.#context.store.watch({ key: this.#key }, { signal: wait.signal })) {
      if (!stale && this.#decode(entries[0]).open) return;
    }
    wait.throwIfOver();
    throw closedError();
  }

  #decode(entry: Entry | undefined): LatchState {
    const stored = entry ? decodeJson(entry.value) : { count: this.count, arrived: [] };
    if (!isLatch(stored))
      throw new TypeConflictError(
        `${JSON.stringify(this.name)} holds something that is no latch: the name is in use as something else. Choose another one.`,
        { operation: "latch", key: this.name },
      );
    const { count, arrived } = stored;
    if (count !== this.count)
      throw new LimitMismatchError(
        `The latch ${JSON.stringify(this.name)} waits for ${count} participants in the store, but \`count\` is ${this.count} here. Give the same everywhere.`,
        { expected: this.count, actual: count },
        { operation: "latch", key: this.name },
      );
    return { count, arrived, open: arrived.length >= count };
  }

  #attended<T>(what: string, { signal, waitMs }: WaitOptions, body: (wait: Wait) => Promise<T>): Promise<T> {
    const timeout = () =>
      new TimeoutError(`The latch ${JSON.stringify(this.name)}: ${what} took longer than ${waitMs} ms.`, {
        operation: `latch.${what}`,
        key: this.name,
        cause: this.#context.trouble(),
      });
    return attended(this.#context, { signal, waitMs, timeout }, body);
  }
}

export function isLatch(found: unknown): found is Omit<LatchState, "open"> {
  const { count, arrived } = (found ?? {}) as Partial<LatchState>;
  return Number.isSafeInteger(count) && Array.isArray(arrived) && arrived.every((each) => typeof each === "string");
}
