import { type Coord, type HoldLossReason, type Key, LockLostError, TimeoutError, type WaitOptions } from "@coord/core";
import { attended, type Grant, type GrantRules, granted, Hold, runBody, traced, type Wait } from "@coord/core/recipe";
import { Gathering, type Passage } from "./gathering.ts";
import { untilAllLeft, untilAlone } from "./leaving.ts";

export interface DoubleBarrierOptions {
  /** How many have to come, the same for all who use the name. */
  readonly parties: number;
  /** What the death of one who waits to enter means: nobody enters, or another one is waited for in its place. Default `break`. */
  readonly onLoss?: "break" | "wait" | undefined;
}

/** Being inside, between entering together and leaving together. */
export class Member extends Hold {
  /** How many have gone before this one. */
  readonly generation: number;
  /** In the order in which they came, from 0. */
  readonly index: number;
  readonly #leave: (member: Member, options: WaitOptions) => Promise<void>;
  #leaving: Promise<void> | undefined;

  constructor(
    grant: Grant,
    { generation, index }: Pick<Passage, "generation" | "index">,
    leave: (member: Member, options: WaitOptions) => Promise<void>,
  ) {
    super(grant);
    this.generation = generation;
    this.index = index;
    this.#leave = leave;
  }

  /**
   * Resolves when all have come to leave, or died. `release()` leaves without waiting. Idempotent: a second call waits for what the first one does.
   *
   * @throws TimeoutError after `waitMs`, when it has left all the same; LockLostError when it was lost before
   */
  readonly leave = (options: WaitOptions = {}): Promise<void> => {
    this.#leaving ??= this.#leave(this, options);
    return this.#leaving;
  };
}

/**
 * Parties enter together and leave together. All of them enter or nobody; the next ones gather when the last has left. (ZooKeeper's double
 * barrier recipe, with one verdict for all.)
 */
export class DoubleBarrier {
  readonly name: string;
  readonly parties: number;
  readonly #gathering: Gathering;

  /** @throws UsageError when `name` can't be a name on every store, or `parties` is no whole number from 1 on. */
  constructor(coord: Coord, name: string, { parties, onLoss = "break" }: DoubleBarrierOptions) {
    this.name = name;
    this.parties = parties;
    this.#gathering = new Gathering(coord, name, { parties, onLoss, stays: true });
  }

  /**
   * Resolves when all parties are there. Running out of time breaks it for all, unless all had come: then it resolves all the same.
   * Telling the store may take as long as a session lasts at most, unless the signal aborts.
   *
   * @throws BrokenBarrierError when nobody enters; TimeoutError; the signal's own reason; SessionLostError; LockLostError when somebody removed its entry and `onLoss` is `"wait"`;
   * UnknownOutcomeError when it gave up and the store could not be told; LimitMismatchError when others use another number; TypeConflictError; ClosedError
   */
  enter(options: WaitOptions = {}): Promise<Member> {
    const { context } = this.#gathering;
    return traced("barrier.wait", { name: this.name, owner: context.owner }, () =>
      this.#attended("enter", options, async (wait) => {
        const passage = await this.#gathering.pass(wait, options.signal);
        const { contender, place } = passage;
        const hold = (grant: Grant) =>
          new Member(grant, passage, (member, limits) => this.#leave(member, place.mine.key, limits));
        return granted(context, contender, { ...this.#rules, hold }, place.mine);
      }),
    );
  }

  /**
   * Enters, runs `body`, leaves. `waitMs` limits each of the two waits. A body that throws is not waited for: its party leaves at once,
   * and the others are not kept.
   */
  async run<T>(body: (member: Member) => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    const member = await this.enter(options);
    return runBody(this.#gathering.context, this.#gathering.line, member, async () => {
      const value = await body(member);
      await member.leave(options);
      return value;
    });
  }

  async #leave(member: Member, own: Key, options: WaitOptions): Promise<void> {
    member.check();
    const { generation } = member;
    const gathering = this.#gathering;
    try {
      await this.#attended("leave", options, async (wait) => {
        const { signal } = wait;
        if (member.index === 0) {
          wait.endOn((end) => this.#onLoss(member, end));
          await wait.race(untilAlone(gathering, generation, own, signal));
          wait.throwIfOver();
          await wait.race(gathering.state.clear(generation + 1, { signal }));
          return;
        }
        await wait.race(member.release());
        await wait.race(untilAllLeft(gathering, generation, signal));
        wait.throwIfOver();
      });
    } finally {
      void member.release();
    }
  }

  #onLoss(member: Member, end: (reason: unknown) => void): () => void {
    member.on("lost", end);
    return () => member.off("lost", end);
  }

  get #rules(): GrantRules {
    return {
      name: this.name,
      span: "barrier.pass",
      lossError: (reason, _, cause) =>
        new LockLostError(
          reason,
          `The place inside of the barrier ${JSON.stringify(this.name)} is lost: ${why[reason]} The others don't wait for this party any more.`,
          { operation: "barrier.pass", key: this.name, cause },
        ),
    };
  }

  #attended<T>(what: string, { signal, waitMs }: WaitOptions, body: (wait: Wait) => Promise<T>): Promise<T> {
    const { context } = this.#gathering;
    const timeout = () =>
      new TimeoutError(
        `The barrier ${JSON.stringify(this.name)}: not all ${this.parties} parties came to ${what} within ${waitMs} ms.`,
        { operation: `barrier.${what}`, key: this.name, cause: context.trouble() },
      );
    return attended(context, { signal, waitMs, timeout }, body);
  }
}

const why: Record<HoldLossReason, string> = {
  deadline: "the session could not be renewed in time.",
  session: "the store ended the session.",
  deleted: "its entry is gone from the store.",
  closed: "it was left, or the client is being closed.",
  suspended: "the store is out of reach.",
};
