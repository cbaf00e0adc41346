import {
  type Coord,
  DeadlockError,
  type Hold,
  LockLostError,
  LockTimeoutError,
  type Owner,
  UsageError,
} from "@coord/core";
import {
  assertDuration,
  contextOf,
  decodeOwner,
  type EnterOptions,
  encodeOwner,
  enter,
  enterNow,
  holdsAlready,
  type Line,
  pause,
  type RecipeContext,
  runBody,
  toKey,
  traced,
  unlessCancelled,
} from "@coord/core/recipe";

/** How to wait for a lock: not longer than `waitMs`, not beyond `signal`, again after a lost session with `requeue`. */
export interface AcquireOptions extends EnterOptions {
  /** Nests on purpose: a hold of this very lock, whose token and fate the new one shares. */
  readonly within?: Hold | undefined;
}

export interface TryRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Keep the lock at least so long, however early the body ends: for jobs that start on many machines at about the same time. */
  readonly holdAtLeastMs?: number | undefined;
}

export type TryRunResult<T> = { readonly ran: false } | { readonly ran: true; readonly value: T };

/** A contender as its entry tells; the owner is `undefined` where another program wrote it. */
export interface Contestant extends Partial<Owner> {
  readonly token: bigint;
}

export interface MutexState {
  readonly holder: Contestant | null;
  /** In the order in which they will be let in. */
  readonly waiters: readonly Contestant[];
}

const kind = "lock";

/**
 * A mutual exclusion lock: at most one holder at a time, first come first served across all processes. Not re-entrant.
 * It is a lease: while this process runs, the hold's `signal` aborts before the store can let the next one in, and
 * the fencing token is for what a stopped process still sends. (ZooKeeper's lock recipe; Chubby's sequencer; see docs/lock.md.)
 */
export class Mutex {
  readonly name: string;
  readonly #context: RecipeContext;
  readonly #line: Line;

  /** @throws UsageError when `name` can't be a name on every store. */
  constructor(coord: Coord, name: string) {
    this.name = name;
    this.#context = contextOf(coord);
    const { owner, runtime } = this.#context;
    const quoted = JSON.stringify(name);
    this.#line = {
      name,
      line: toKey(name),
      kind,
      kinds: [kind],
      blockers: (ahead) => ahead.slice(-1), // the one directly ahead, so that a release wakes one
      value: () => encodeOwner(owner, runtime.wallClock()),
      timeout: (cause) =>
        new LockTimeoutError(
          `The lock ${quoted} did not come free in time; the place in line was given up.${outOfReach(cause)}`,
          {
            operation: "lock.acquire",
            key: name,
            cause,
          },
        ),
      lossError: (reason, { order }, cause) =>
        new LockLostError(
          reason,
          `The lock ${quoted} (token ${order}) is lost: ${why[reason]} Stop what it protects; another holder may be let in now.`,
          {
            operation: "lock.hold",
            key: name,
            cause,
          },
        ),
    };
  }

  /**
   * Waits in line and resolves with the hold, which the caller must `release()`.
   *
   * @throws LockTimeoutError after `waitMs`; the signal's own reason when cancelled; SessionLostError when the session was lost
   * while waiting, unless `requeue`; LockLostError when somebody removed the place in line; DeadlockError inside a `run` of this
   * lock; TypeConflictError when the name is in use as something else; ClosedError.
   */
  async acquire(options: AcquireOptions = {}): Promise<Hold> {
    const { within, signal } = options;
    if (within) return unlessCancelled(this.#nested(within), signal);
    if (holdsAlready(this.#context, this.#line.line)) throw this.#deadlock();
    return unlessCancelled(await this.#traced(() => enter(this.#context, this.#line, options)), signal);
  }

  /** The hold if the lock is free right now, else `null`; doesn't wait in line. */
  async tryAcquire({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Hold | null> {
    return unlessCancelled(await this.#traced(() => enterNow(this.#context, this.#line, { signal })), signal);
  }

  /**
   * Runs `body` under the lock and releases it after. Never resolves when the lock was lost under `body`: it waits for it to end
   * and rejects with the loss, with what `body` threw besides as `suppressed`.
   */
  async run<T>(body: (hold: Hold) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    const hold = await this.acquire(options);
    return runBody(this.#context, this.#line.line, hold, body);
  }

  /**
   * Runs `body` if the lock is free right now: a job that many machines start, and one runs. With `holdAtLeastMs` it resolves
   * when that time is over too, so that a process which then exits doesn't give the lock back early.
   */
  async tryRun<T>(
    body: (hold: Hold) => T | Promise<T>,
    { signal, holdAtLeastMs = 0 }: TryRunOptions = {},
  ): Promise<TryRunResult<T>> {
    assertDuration("holdAtLeastMs", holdAtLeastMs);
    const hold = await this.tryAcquire({ signal });
    if (!hold) return { ran: false };
    const { runtime } = this.#context;
    const untilMs = runtime.now() + holdAtLeastMs;
    const linger = () => pause(runtime, untilMs - runtime.now(), hold.signal, signal);
    return { ran: true, value: await runBody(this.#context, this.#line.line, hold, body, linger) };
  }

  /** Who holds it and who waits, without taking part. */
  async inspect(): Promise<MutexState> {
    const { entries } = await this.#context.store.list(this.#line.line);
    const [holder = null, ...waiters] = entries
      .filter(({ session }) => session !== undefined)
      .sort((a, b) => (a.order < b.order ? -1 : 1))
      .map(({ order, value }) => ({ ...decodeOwner(value), token: order }));
    return { holder, waiters };
  }

  #traced<T>(acquire: () => Promise<T>): Promise<T> {
    return traced("lock.acquire", { name: this.name, owner: this.#context.owner }, acquire);
  }

  #nested(parent: Hold): Hold {
    if (parent.name === this.name && parent.belongsTo?.(this.#context)) return parent.nest();
    throw new UsageError(
      `\`within\` must be a hold of the lock ${JSON.stringify(this.name)} by the same client, got one of ${JSON.stringify(parent.name)}.`,
      {
        operation: "lock.acquire",
        key: this.name,
      },
    );
  }

  #deadlock(): DeadlockError {
    return new DeadlockError(
      `The lock ${JSON.stringify(this.name)} is held by this very flow of control, which would wait for itself. Pass \`within: hold\` to nest on purpose.`,
      { operation: "lock.acquire", key: this.name },
    );
  }
}

const outOfReach = (trouble: unknown) =>
  trouble instanceof Error ? ` The store was out of reach then: ${trouble.message}` : "";

const why = {
  deadline: "the session could not be renewed in time.",
  session: "the store ended the session.",
  deleted: "its entry is gone from the store.",
  closed: "the client is being closed.",
};
