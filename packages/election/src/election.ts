import {
  type Coord,
  CoordError,
  DeadlockError,
  type HoldLossReason,
  LeadershipLostError,
  TimeoutError,
  type WaitOptions,
} from "@coord/core";
import {
  assertDuration,
  contextOf,
  type EnterOptions,
  enter,
  heldInFlow,
  type Line,
  onAbort,
  pause,
  type RecipeContext,
  runBody,
  toKey,
  traced,
  unlessCancelled,
} from "@coord/core/recipe";
import { Leadership } from "./leadership.ts";
import { candidatesIn, type Leader, observing } from "./observing.ts";
import { type Candidate, encodeProposal } from "./proposal.ts";

export interface ElectionOptions<Data = unknown> {
  /** What this candidate is called. Default: the client's `owner`. */
  readonly id?: string | undefined;
  /** What it publishes while it stands and leads: an address, say. Any JSON. */
  readonly data?: Data | undefined;
}

export interface CampaignOptions extends EnterOptions {
  /** Give the leadership up as soon as the store is out of reach, instead of at the deadline. Default `false`. */
  readonly strict?: boolean | undefined;
}

export interface LeadOptions extends WaitOptions {
  /** See `campaign`. */
  readonly strict?: boolean | undefined;
  /** Stand again, after a pause, when the leadership was lost or the body has returned, until `signal` aborts. Default `false`. */
  readonly rejoin?: boolean | undefined;
  /** How long a body may go on after its signal has aborted before that is reported and the leadership handed over. Default 5000 ms. */
  readonly graceMs?: number | undefined;
}

/** Curator's LeaderLatch has this kind, so that both stand in one line. */
const kind = "latch";
const longestPauseMs = 10_000;

/**
 * Leader election: candidates stand in a line, and the first one leads until it resigns or its session ends. Fair, and no herd: one
 * follows one. (The recipe of ZooKeeper's documentation; term and proposal as in etcd's `concurrency.Election`; see docs/election.md.)
 */
export class Election<Data = unknown> {
  readonly name: string;
  readonly id: string;
  readonly #context: RecipeContext;
  readonly #key: string;
  readonly #data: Data | undefined;

  /** @throws UsageError when `name` can't be a name on every store. */
  constructor(coord: Coord, name: string, { id, data }: ElectionOptions<Data> = {}) {
    this.name = name;
    this.#key = toKey(name);
    this.#context = contextOf(coord, this.#key);
    this.id = id ?? this.#context.owner;
    this.#data = data;
  }

  /**
   * Stands until it leads; who has the leadership must `resign()`.
   *
   * @throws TimeoutError after `waitMs`; the signal's own reason when cancelled; SessionLostError when the session was lost while standing,
   * unless `requeue`; LockLostError when somebody removed the candidate; DeadlockError inside a `lead` of this election;
   * TypeConflictError when the name is in use as something else; ClosedError.
   */
  async campaign(options: CampaignOptions = {}): Promise<Leadership<Data>> {
    if (heldInFlow(this.#context, this.#key).length > 0) throw this.#deadlock();
    const { owner } = this.#context;
    const leadership = await traced("election.campaign", { name: this.name, owner }, () =>
      enter(this.#context, this.#line(options.strict), options),
    );
    return unlessCancelled(leadership, options.signal);
  }

  /**
   * Stands, runs `body` while leading, resigns, and resolves with what `body` returned. `signal` ends the campaign, or tells the body to stop by
   * its own signal. Never resolves when the leadership was lost under `body`: it waits for it to end and rejects with
   * the loss, or with `rejoin` stands again.
   */
  async lead<T>(body: (leadership: Leadership<Data>) => T | Promise<T>, options: LeadOptions = {}): Promise<T> {
    const { rejoin = false, signal, graceMs } = options;
    assertDuration("graceMs", graceMs);
    for (let losses = 0; ; ) {
      const term = await this.#leadOnce(body, options);
      if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();
      losses = term.ended === "lost" ? losses + 1 : 0;
      const { runtime } = this.#context;
      await pause(runtime, Math.min(longestPauseMs, 200 * 2 ** losses) * runtime.random(), signal);
    }
  }

  /** The leader first, and then each later one, newest only; `null` for none. Ends by `signal` or `close()` alone. */
  observe({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<Leader<Data> | null> {
    return observing<Data>(this.#context, this.#key, signal);
  }

  /** Who leads, asked of the store now, without taking part. */
  async leader(): Promise<Candidate<Data> | null> {
    return (await this.candidates())[0] ?? null;
  }

  /** Who leads and who would be next, in their order. */
  async candidates(): Promise<readonly Candidate<Data>[]> {
    return candidatesIn<Data>((await this.#context.store.list(this.#key)).entries);
  }

  async #leadOnce<T>(body: (leadership: Leadership<Data>) => T | Promise<T>, options: LeadOptions): Promise<Term<T>> {
    const { signal, waitMs, strict, rejoin = false, graceMs = 5_000 } = options;
    const leadership = await this.campaign({ signal, waitMs, strict, requeue: rejoin }).catch((error) => {
      if (rejoin && CoordError.is(error, "LOCK_LOST", "LEADERSHIP_LOST")) return error as Error;
      throw error;
    });
    if (leadership instanceof Error) return termOf("lost", leadership);
    const ended = new AbortController();
    const leaves = [
      onAbort(signal, (reason) => leadership.stop(reason)),
      onAbort(leadership.signal, () => void this.#enforce(leadership, graceMs, ended.signal)),
    ];
    try {
      const value = await runBody(this.#context, this.#key, leadership, body);
      return { ended: "returned", outcome: () => value };
    } catch (error) {
      const lost = error === leadership.loss && (error as LeadershipLostError).reason !== "closed";
      return termOf(lost ? "lost" : "failed", error);
    } finally {
      ended.abort("ended");
      for (const leave of leaves) leave();
    }
  }

  /** A body that goes on after it was told to stop is not led for: the others needn't wait for it. */
  async #enforce(leadership: Leadership<Data>, graceMs: number, ended: AbortSignal): Promise<void> {
    await pause(this.#context.runtime, graceMs, ended);
    if (ended.aborted) return;
    const { name, term, id } = leadership;
    this.#context.logger.error(
      { name, term, id, graceMs },
      "the body of a leader ignores that its signal has aborted; its leadership is handed over while it runs on",
    );
    void leadership.release();
  }

  #line(strict: boolean | undefined): Line<Leadership<Data>> {
    const called = `The election ${JSON.stringify(this.name)}`;
    const details = { operation: "election.lead", key: this.name };
    return {
      name: this.name,
      line: this.#key,
      kind,
      strict,
      span: "election.lead",
      belongs: (other) => other === kind,
      blockers: (ahead) => ahead.slice(-1), // the one directly ahead, so that a resignation wakes one
      value: () => encodeProposal(this.id, this.#data),
      hold: (grant) => new Leadership<Data>(grant, this.id),
      timeout: (cause) =>
        new TimeoutError(`${called} was not won in time; ${JSON.stringify(this.id)} is no candidate any more.`, {
          ...details,
          operation: "election.campaign",
          cause,
        }),
      lossError: (reason, { order }, cause) =>
        new LeadershipLostError(
          reason,
          `${called} (term ${order}) is not led by ${JSON.stringify(this.id)} any more: ${why[reason]} Stop what only the leader may do.`,
          { ...details, cause },
        ),
    };
  }

  #deadlock(): DeadlockError {
    return new DeadlockError(
      `The election ${JSON.stringify(this.name)} is led by this very flow of control, which would wait for itself.`,
      { operation: "election.campaign", key: this.name },
    );
  }
}

/** How a term has ended, and what `lead` makes of it. */
interface Term<T> {
  readonly ended: "returned" | "failed" | "lost";
  readonly outcome: () => T;
}

function termOf<T>(ended: "failed" | "lost", error: unknown): Term<T> {
  return {
    ended,
    outcome: () => {
      throw error;
    },
  };
}

const why: Record<HoldLossReason, string> = {
  deadline: "the session could not be renewed in time.",
  session: "the store ended the session.",
  deleted: "its entry is gone from the store.",
  closed: "it resigned, or the client is being closed.",
  suspended: "the store is out of reach, and `strict` was asked for.",
};
