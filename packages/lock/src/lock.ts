import { type Coord, DeadlockError, type Hold, UsageError } from "@coord/core";
import {
  assertDuration,
  contextOf,
  type EnterOptions,
  enter,
  enterNow,
  heldInFlow,
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

export interface TryOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface TryRunOptions extends TryOptions {
  /** Keep the lock at least so long, however early the body ends: for jobs that start on many machines at about the same time. */
  readonly holdAtLeastMs?: number | undefined;
}

export type TryRunResult<T> = { readonly ran: false } | { readonly ran: true; readonly value: T };

/**
 * What all locks have in common: one stands in a line, and what one is let in with is a hold. What line it is, and who is in
 * whose way, is the recipe.
 *
 * @typeParam More what this kind of lock wants to know besides
 */
export abstract class Lock<H extends Hold = Hold, More extends object = object> {
  readonly name: string;
  /** Whether at most one holds it at a time. */
  abstract readonly exclusive: boolean;
  /** The directory of the store in which its contenders stand. */
  readonly key: string;
  readonly context: RecipeContext;

  /** @throws UsageError when `name` can't be a name on every store. */
  constructor(coord: Coord, name: string) {
    this.name = name;
    this.key = toKey(name);
    this.context = contextOf(coord, this.key);
  }

  /** @param held what the flow of control that will wait in it holds of this lock already */
  protected abstract lineFor(options: More, held: readonly Hold[]): Line<H>;

  /**
   * Waits in line and resolves with the hold, which the caller must `release()`.
   *
   * @throws LockTimeoutError after `waitMs`; the signal's own reason when cancelled; SessionLostError when the session was lost
   * while waiting, unless `requeue`; LockLostError when somebody removed the place in line; DeadlockError inside a `run` of this
   * lock; TypeConflictError when the name is in use as something else; ClosedError.
   */
  async acquire(options?: AcquireOptions & More): Promise<H> {
    const given = options ?? ({} as AcquireOptions & More);
    if (given.within) return unlessCancelled(this.nested(given.within, given), given.signal);
    const held = heldInFlow(this.context, this.key);
    const line = this.lineFor(given, held);
    this.refuseSelf(held);
    return unlessCancelled(await this.#traced(() => enter(this.context, line, given)), given.signal);
  }

  /** The hold if it can be had right now, else `null`; doesn't wait in line. */
  async tryAcquire(options?: TryOptions & More): Promise<H | null> {
    const given = options ?? ({} as TryOptions & More);
    const line = this.lineFor(given, []);
    const { signal } = given;
    return unlessCancelled(await this.#traced(() => enterNow(this.context, line, { signal })), signal);
  }

  /**
   * Runs `body` under the lock and releases it after. Never resolves when the lock was lost under `body`: it waits for it to end
   * and rejects with the loss, with what `body` threw besides as `suppressed`.
   */
  async run<T>(body: (hold: H) => T | Promise<T>, options?: AcquireOptions & More): Promise<T> {
    const hold = await this.acquire(options);
    return runBody(this.context, this.key, hold, body);
  }

  /**
   * Runs `body` if the lock can be had right now: a job that many machines start, and one runs. With `holdAtLeastMs` it resolves
   * when that time is over too, so that a process which then exits doesn't give the lock back early.
   */
  async tryRun<T>(body: (hold: H) => T | Promise<T>, options?: TryRunOptions & More): Promise<TryRunResult<T>> {
    const { signal, holdAtLeastMs = 0 } = options ?? ({} as TryRunOptions);
    assertDuration("holdAtLeastMs", holdAtLeastMs);
    const hold = await this.tryAcquire(options);
    if (!hold) return { ran: false };
    const { runtime } = this.context;
    const untilMs = runtime.now() + holdAtLeastMs;
    const linger = () => pause(runtime, untilMs - runtime.now(), hold.signal, signal);
    return { ran: true, value: await runBody(this.context, this.key, hold, body, linger) };
  }

  /** Throws where a flow of control that holds these would wait for itself. */
  protected refuseSelf(held: readonly Hold[]): void {
    if (held.length > 0) throw this.deadlock("is held by this very flow of control, which would wait for itself.");
  }

  /** A second hold of what is held already. */
  protected nested(parent: Hold, _options: More): H {
    if (parent.name === this.name && parent.belongsTo?.(this.context)) return parent.nest() as H;
    throw new UsageError(
      `\`within\` must be a hold of the lock ${JSON.stringify(this.name)} by the same client, got one of ${JSON.stringify(parent.name)}.`,
      { operation: "lock.acquire", key: this.name },
    );
  }

  protected deadlock(why: string): DeadlockError {
    return new DeadlockError(
      `The lock ${JSON.stringify(this.name)} ${why} Pass \`within: hold\` to nest on purpose, or release it first.`,
      { operation: "lock.acquire", key: this.name },
    );
  }

  #traced<T>(acquire: () => Promise<T>): Promise<T> {
    return traced("lock.acquire", { name: this.name, owner: this.context.owner }, acquire);
  }
}
