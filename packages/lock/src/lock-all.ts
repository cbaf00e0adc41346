import { type Guard, type Hold, UsageError } from "@coord/core";
import { onAbort, type WaitOptions } from "@coord/core/recipe";
import type { Lock } from "./lock.ts";

/** Several locks held together: lost when one of them is, given back in the reverse of the order in which they were taken. */
export class Holds implements AsyncDisposable {
  /** The hold of each lock that was asked for, in that order; a lock that was named twice has one hold. */
  readonly holds: readonly Hold[];
  /** For `coord.store.commit({ guards: holds.guards, … })`: the writes happen only while all of them count. */
  readonly guards: readonly Guard[];
  readonly #taken: readonly Hold[];
  #controller: AbortController | undefined;
  #releasing: Promise<"released" | "lost"> | undefined;

  constructor(holds: readonly Hold[], taken: readonly Hold[]) {
    this.holds = holds;
    this.#taken = taken;
    this.guards = taken.map(({ guard }) => guard);
  }

  /** The token of each lock, by its name. */
  get fencingTokens(): ReadonlyMap<string, bigint> {
    return new Map(this.#taken.map(({ name, fencingToken }) => [name, fencingToken]));
  }

  /** Aborts when one of them is lost, with that loss as its reason; not by `release()`, nor after it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      for (const hold of this.#taken) onAbort(hold.signal, (loss) => this.#lose(loss));
    }
    const lost = this.#taken.find((hold) => hold.lost); // the clock first
    if (lost) this.#lose(lost.loss);
    return this.#controller.signal;
  }

  /** Milliseconds until the first of them is lost if the store stays silent from now on. */
  get remainingMs(): number {
    return this.#taken.reduce((least, hold) => Math.min(least, hold.remainingMs), Number.POSITIVE_INFINITY);
  }

  /** Throws once one of them is lost or released. No I/O. */
  readonly check = (): void => {
    for (const hold of this.#taken) hold.check();
  };

  /** Idempotent; never rejects. `lost`: one of them was lost before the store could confirm. */
  readonly release = (): Promise<"released" | "lost"> => {
    this.#releasing ??= releaseInReverse(this.#taken);
    return this.#releasing;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #lose(loss: unknown): void {
    if (!this.#releasing) this.#controller?.abort(loss);
  }
}

/**
 * Takes several locks, all of them or none, in one order that is the same everywhere, so that two who want the same ones can't block each
 * other for ever. A lock that is named twice is taken once; where a name is wanted for reading and for writing, for writing. (Havender, "Avoiding
 * deadlock in multitasking systems", 1968: resources in a fixed order.)
 *
 * @param options `waitMs` is the time for all of them together
 * @throws what `acquire` throws of the lock that could not be had; the loss of one that was had already
 */
export async function lockAll(locks: readonly Lock[], { signal, waitMs }: WaitOptions = {}): Promise<Holds> {
  const ordered = inOneOrder(locks);
  const [{ runtime }] = [...ordered.values()].map(({ context }) => context) as [Lock["context"]];
  const untilMs = runtime.now() + (waitMs ?? Number.POSITIVE_INFINITY);
  const taken: Hold[] = [];
  const giveUp = new AbortController();
  const leaves = [onAbort(signal, (reason) => giveUp.abort(reason))];
  try {
    for (const lock of ordered.values()) {
      const leftMs = waitMs === undefined ? undefined : Math.max(0, untilMs - runtime.now());
      const hold = await lock.acquire({ signal: giveUp.signal, waitMs: leftMs });
      taken.push(hold);
      leaves.push(onAbort(hold.signal, (loss) => giveUp.abort(loss)));
    }
    giveUp.signal.throwIfAborted();
    for (const hold of taken) hold.check();
  } catch (error) {
    void releaseInReverse(taken);
    throw error;
  } finally {
    for (const leave of leaves) leave();
  }
  const holdOf = new Map([...ordered.keys()].map((key, index) => [key, taken[index]]));
  return new Holds(
    locks.flatMap(({ key }) => holdOf.get(key) ?? []),
    taken,
  );
}

/** By key, one lock each: the exclusive one where there are two. */
function inOneOrder(locks: readonly Lock[]): ReadonlyMap<string, Lock> {
  const [first] = locks;
  if (!first) throw new UsageError("lockAll() needs one lock at least.", { operation: "lock.all" });
  const chosen = new Map<string, Lock>();
  for (const lock of locks) {
    if (lock.context !== first.context)
      throw new UsageError(
        `lockAll() takes the locks of one client, but ${JSON.stringify(first.name)} and ${JSON.stringify(lock.name)} belong to two: nothing is atomic over two stores.`,
        { operation: "lock.all", key: lock.name },
      );
    if (lock.exclusive || !chosen.has(lock.key)) chosen.set(lock.key, lock);
  }
  return new Map([...chosen].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function releaseInReverse(holds: readonly Hold[]): Promise<"released" | "lost"> {
  let outcome: "released" | "lost" = "released";
  for (const hold of holds.toReversed()) if ((await hold.release()) === "lost") outcome = "lost";
  return outcome;
}
