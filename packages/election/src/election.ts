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
  enterNow,
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
import { type Term, termOf } from "./term.ts";

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

export interface TryLeadOptions {
  readonly signal?: AbortSignal | undefined;
  /** See `campaign`. */
  readonly strict?: boolean | undefined;
  /** See `lead`. */
  readonly graceMs?: number | undefined;
}

export type TryLeadResult<T> = { readonly led: false } | { readonly led: true; readonly value: T };

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
   * The leadership if nobody leads or stands right now, else `null`; doesn't wait in line.
   *
   * @throws TimeoutError when the store gives no answer within five seconds; the signal's own reason; TypeConflictError; ClosedError
   */
  async tryCampaign({ signal, strict }: TryLeadOptions = {}): Promise<Leadership<Data> | null> {
    const { owner } = this.#context;
    const leadership = await traced("election.campaign", { name: this.name, owner }, () =>
      enterNow(this.#context, this.#line(strict), { signal }),
    );
    return unlessCancelled(leadership, signal);
  }

  /** Runs `body` while leading if nobody leads right now: a job that many machines start, and one runs. Else like `lead`. */
  async tryLead<T>(
    body: (leadership: Leadership<Data>) => T | Promise<T>,
    options: TryLeadOptions = {},
  ): Promise<TryLeadResult<T>> {
    assertDuration("graceMs", options.graceMs);
    const leadership = await this.tryCampaign(options);
    if (!leadership) return { led: false };
    return { led: true, value: (await this.#term(leadership, body, options)).outcome() };
  }

  /**
   * Stands, runs `body` while leading, resigns, and resolves with what `body` returned. `signal` ends the campaign, or tells the body to stop by
   * its own signal. Never resolves when the leadership was lost under `body`, or handed over as `body` went on for `graceMs` after that
   * signal: it waits for it to end and rejects with the loss; with `rejoin` it stands again instead, unless `signal` has aborted.
   */
  async lead<T>(body: (leadership: Leadership<Data>) => T | Promise<T>, options: LeadOptions = {}): Promise<T> {
    const { rejoin = false, signal, graceMs } = options;
    assertDuration("graceMs", graceMs);
    const { runtime } = this.#context;
    for (let losses = 0; ; ) {
      let ledMs = 0;
      const measured = (leadership: Leadership<Data>) => {
        const sinceMs = runtime.now();
        onAbort(leadership.signal, () => (ledMs = runtime.now() - sinceMs));
        return body(leadership);
      };
      const term = await this.#leadOnce(measured, options);
      if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();
      if (term.ended !== "lost" || ledMs > longestPauseMs) losses = 0; // it went well for a while
      if (term.ended === "lost") losses += 1;
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
    const { signal, waitMs, strict, rejoin = false } = options;
    const leadership = await this.campaign({ signal, waitMs, strict, requeue: rejoin }).catch((error) => {
      if (rejoin && CoordError.is(error, "LOCK_LOST", "LEADERSHIP_LOST")) return error as Error;
      throw error;
    });
    return leadership instanceof Error ? termOf("lost", leadership) : this.#term(leadership, body, options);
  }

  async #term<T>(
    leadership: Leadership<Data>,
    body: (leadership: Leadership<Data>) => T | Promise<T>,
    { signal, graceMs = 5_000 }: TryLeadOptions,
  ): Promise<Term<T>> {
    const ended = new AbortController();
    let handedOver: LeadershipLostError | undefined;
    const enforce = async () => {
      await pause(this.#context.runtime, graceMs, ended.signal);
      const resigned = leadership.over && !leadership.lost;
      if (!ended.signal.aborted && !resigned) handedOver = this.#handOver(leadership, graceMs);
    };
    const leaves = [
      onAbort(signal, (reason) => leadership.stop(reason)),
      onAbort(leadership.signal, () => void enforce()),
    ];
    try {
      const value = await runBody(this.#context, this.#key, leadership, body);
      return handedOver ? termOf("failed", handedOver) : { ended: "returned", outcome: () => value };
    } catch (error) {
      if (error === leadership.loss)
        return termOf((error as LeadershipLostError).reason === "closed" ? "failed" : "lost", error);
      if (handedOver) handedOver.suppressed = error;
      return termOf("failed", handedOver ?? error);
    } finally {
      ended.abort("ended");
      for (const leave of leaves) leave();
    }
  }

  /** A body that goes on after it was told to stop is not led for: the others needn't wait for it. */
  #handOver(leadership: Leadership<Data>, graceMs: number): LeadershipLostError {
    const { name, term, id } = leadership;
    this.#context.logger.error(
      { name, term, id, graceMs },
      "the body of a leader ignores that its signal has aborted; its leadership is handed over while it runs on",
    );
    void leadership.release();
    return new LeadershipLostError(
      "closed",
      `The election ${JSON.stringify(name)} (term ${term}) was handed over while the body of ${JSON.stringify(id)} ran on: it went on for ${graceMs} ms after its signal had aborted. Let the body end when it is told to.`,
      { operation: "election.lead", key: name },
    );
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

const why: Record<HoldLossReason, string> = {
  deadline: "the session could not be renewed in time.",
  session: "the store ended the session.",
  deleted: "its entry is gone from the store.",
  closed: "it resigned, or the client is being closed.",
  suspended: "the store is out of reach, and `strict` was asked for.",
};
