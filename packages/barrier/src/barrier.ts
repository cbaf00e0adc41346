import { type Coord, CoordError, type Entry, TimeoutError, TypeConflictError, type WaitOptions } from "@coord/core";
import {
  attended,
  closedError,
  contextOf,
  decodeJson,
  encodeOwner,
  isTransient,
  type RecipeContext,
  retry,
  toKey,
  type Wait,
} from "@coord/core/recipe";
import { isLatch } from "./count-down-latch.ts";
import { isState } from "./state.ts";

/**
 * A barrier that is raised and lowered: whoever comes while it is raised waits. One that was never raised is open. (ZooKeeper's barrier
 * recipe; the layout is that of Curator's DistributedBarrier.)
 */
export class Barrier {
  readonly name: string;
  readonly #key: string;
  readonly #context: RecipeContext;

  /** @throws UsageError when `name` can't be a name on every store. */
  constructor(coord: Coord, name: string) {
    this.name = name;
    this.#key = toKey(name);
    this.#context = contextOf(coord, this.#key);
  }

  /**
   * From now on whoever comes waits. Nothing happens if it is raised already.
   *
   * @throws UnknownOutcomeError when the answer was lost and it is not known to be raised: an attempt that arrives late would raise
   * it after somebody has lowered it, so nothing is repeated
   */
  raise(options: WaitOptions = {}): Promise<void> {
    const { owner, runtime, store } = this.#context;
    const value = encodeOwner(owner, runtime.wallClock());
    const raise = async () => {
      try {
        await store.commit({ writes: [{ create: this.#key, value }] });
      } catch (error) {
        if (CoordError.is(error, "CONFLICT")) return void (await this.raised()); // by whomever, but as a barrier
        if (!CoordError.is(error, "UNKNOWN_OUTCOME") || !(await this.#readAgain())) throw error;
      }
    };
    return this.#attended("raise", options, (wait) => wait.race(this.#repeated(raise, wait, "UNAVAILABLE")));
  }

  /** Lets all pass. Nothing happens if it is not raised. */
  lower(options: WaitOptions = {}): Promise<void> {
    const { store } = this.#context;
    const lower = async () => {
      const entry = this.#own(await store.get(this.#key));
      if (entry) await store.commit({ writes: [{ remove: entry }] }); // this one: an attempt that arrives late lowers no later one
    };
    return this.#attended("lower", options, (wait) =>
      wait.race(this.#repeated(lower, wait, "UNAVAILABLE", "UNKNOWN_OUTCOME", "CONFLICT")),
    );
  }

  /** Whether it is raised now. */
  async raised(): Promise<boolean> {
    return this.#own(await this.#context.store.get(this.#key)) !== undefined;
  }

  /**
   * Resolves as soon as it is not raised.
   *
   * @throws TimeoutError after `waitMs`; the signal's own reason when cancelled; ClosedError
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return this.#attended("wait", options, (wait) => wait.race(this.#untilLowered(wait)));
  }

  async #untilLowered(wait: Wait): Promise<void> {
    for await (const { entries, stale } of this.#context.store.watch({ key: this.#key }, { signal: wait.signal })) {
      if (!stale && !this.#own(entries[0])) return;
    }
    wait.throwIfOver();
    throw closedError();
  }

  /** Whatever is there is a raised barrier, as other programs may have raised it; but what a latch or another barrier goes by is theirs. */
  #own(entry: Entry | undefined): Entry | undefined {
    const found = entry && decodeJson(entry.value);
    if (!isLatch(found) && !isState(found)) return entry;
    throw new TypeConflictError(
      `${JSON.stringify(this.name)} is in use as a latch or as a barrier of parties. Choose another name for one of them.`,
      { operation: "barrier", key: this.name },
    );
  }

  #readAgain(): Promise<boolean> {
    return retry(this.#context.runtime, () => this.raised(), { when: isTransient, retries: 10 });
  }

  #repeated(
    work: () => Promise<void>,
    { signal }: Wait,
    ...codes: readonly ("UNAVAILABLE" | "UNKNOWN_OUTCOME" | "CONFLICT")[]
  ): Promise<void> {
    return retry(this.#context.runtime, work, { signal, when: (error) => CoordError.is(error, ...codes) });
  }

  #attended(what: string, { signal, waitMs }: WaitOptions, body: (wait: Wait) => Promise<void>): Promise<void> {
    const timeout = () =>
      new TimeoutError(`The barrier ${JSON.stringify(this.name)}: ${what} took longer than ${waitMs} ms.`, {
        operation: `barrier.${what}`,
        key: this.name,
        cause: this.#context.trouble(),
      });
    return attended(this.#context, { signal, waitMs, timeout }, body);
  }
}
