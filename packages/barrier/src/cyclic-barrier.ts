import { type Coord, TimeoutError, type WaitOptions } from "@coord/core";
import { attended, traced } from "@coord/core/recipe";
import { Gathering } from "./gathering.ts";

export interface CyclicBarrierOptions {
  /** How many have to come, the same for all who use the name. */
  readonly parties: number;
  /** What the death of one who waits means: nobody passes, or another one is waited for in its place. Default `break`. */
  readonly onLoss?: "break" | "wait" | undefined;
}

export interface Arrival {
  /** How many have gone before this one. */
  readonly generation: number;
  /** In the order in which they came, from 0. */
  readonly index: number;
}

/**
 * Parties wait for each other, again and again. Each generation passes as a whole or not at all; who comes when it is full belongs to the next.
 * (Java's CyclicBarrier; without its reset: a broken generation is over by itself.)
 */
export class CyclicBarrier {
  readonly name: string;
  readonly parties: number;
  readonly #gathering: Gathering;

  /** @throws UsageError when `name` can't be a name on every store, or `parties` is no whole number from 1 on. */
  constructor(coord: Coord, name: string, { parties, onLoss = "break" }: CyclicBarrierOptions) {
    this.name = name;
    this.parties = parties;
    this.#gathering = new Gathering(coord, name, { parties, onLoss, stays: false });
  }

  /**
   * Resolves when all parties are there. Running out of time breaks the generation for all, unless all had come: then it
   * resolves all the same. Telling the store may take as long as a session lasts at most, unless the signal aborts.
   *
   * @throws BrokenBarrierError when nobody of the generation passes; TimeoutError; the signal's own reason; SessionLostError; LockLostError when somebody removed its entry and `onLoss` is `"wait"`;
   * UnknownOutcomeError when it gave up and the store could not be told; LimitMismatchError when others use another number; TypeConflictError; ClosedError
   */
  arrive({ signal, waitMs }: WaitOptions = {}): Promise<Arrival> {
    const { context } = this.#gathering;
    const timeout = () =>
      new TimeoutError(
        `The barrier ${JSON.stringify(this.name)}: not all ${this.parties} parties came within ${waitMs} ms.`,
        { operation: "barrier.arrive", key: this.name, cause: context.trouble() },
      );
    return traced("barrier.wait", { name: this.name, owner: context.owner }, () =>
      attended(context, { signal, waitMs, timeout }, async (wait) => {
        const { generation, index, contender } = await this.#gathering.pass(wait, signal);
        void contender.leave();
        return { generation, index };
      }),
    );
  }
}
