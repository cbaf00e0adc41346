import { CoordError } from "@coord/core";
import {
  type Bytes,
  closedError,
  isTransient,
  type Key,
  onAbort,
  pause,
  type RecipeContext,
  retry,
  type Session,
  type WaitLimits,
  waiting,
} from "@coord/core/recipe";
import type { Claim, Standing } from "./claim.ts";
import { Waiters } from "./waiters.ts";

export interface KeeperRules {
  readonly key: Key;
  readonly claim: Claim;
  /** What the entry is to say now; `undefined`: it is not to be there. */
  readonly wanted: () => Bytes | undefined;
  /** The keeper of the same client that had the key before, which steps aside for this one. */
  readonly before: Keeper | undefined;
  /** This one did not come to it, and another one has the key again. */
  readonly onGivenBack: (to: Keeper) => void;
  /** What whoever waits is told when the key is somebody else's. */
  readonly taken: () => Error;
  /** What they are told when it has left. */
  readonly closed: () => Error;
}

/** After a loss all instances of a service come back at once: each waits a little, at random. */
const comebackMs = 100;
const longestPauseMs = 5_000;

/**
 * Keeps one entry as it is wanted, from session to session, for ever: it comes back after a loss, when somebody has removed it, and when
 * whoever took its key has gone.
 */
export class Keeper {
  /** Settles when it has left for good. Never rejects. */
  readonly ended: Promise<void>;
  /** Settles when nothing that it began can come after that either. Never rejects. */
  readonly over: Promise<void>;
  readonly #context: RecipeContext;
  readonly #rules: KeeperRules;
  readonly #waiters = new Waiters();
  /** Ends the wait for another session. */
  readonly #leaving = new AbortController();
  readonly #guarding = new AbortController();
  /** May have its entry back until this one is established. */
  #before: Keeper | undefined;
  /** What is under way, after which another keeper may begin. */
  #settling: Promise<unknown>;
  #aside = false;
  #revision = 0;
  #standing: Standing = "absent";
  #comesBack = true;
  #gone = false;
  #replaced = false;
  #ended = false;
  #watched = false;
  #wake = () => {};

  constructor(context: RecipeContext, rules: KeeperRules) {
    this.#context = context;
    this.#rules = rules;
    this.#before = rules.before?.living ? rules.before : undefined;
    this.#settling = Promise.resolve(rules.before?.stepAside());
    this.ended = this.#settling
      .then(() => this.#keep())
      .finally(() => {
        this.#givesBack();
        this.#ended = true;
        this.#standing = "absent";
        this.#waiters.reject(rules.closed());
      });
    this.over = this.ended.then(() =>
      this.#replaced || this.#aside ? undefined : rules.claim.guard(this.#guarding.signal),
    );
  }

  get claim(): Claim {
    return this.#rules.claim;
  }

  /** Whether the store has the entry, as far as is known. */
  get held(): boolean {
    return this.#standing === "held";
  }

  /** Whether it keeps its entry, or will: until it has left. */
  get living(): boolean {
    return !this.#ended;
  }

  /** Resolves when what is wanted now is in the store; rejects with what no retry mends, which is tried again all the same. */
  publish(limits: WaitLimits): Promise<void> {
    const written = this.#waiters.next();
    if (this.#ended) this.#waiters.reject(this.#rules.closed());
    this.change();
    return waiting(this.#context.runtime, limits, (wait) => wait.race(written));
  }

  /** What is wanted has changed. */
  change(): void {
    this.#revision += 1;
    this.#wake();
  }

  /** From now on a session that is lost is the last one. */
  stay(): void {
    this.#comesBack = false;
  }

  /** Whether another keeper of this client has its entry now. */
  get replaced(): boolean {
    return this.#replaced;
  }

  /** Whether nobody may have its entry back. */
  get established(): boolean {
    return this.#before === undefined;
  }

  /** Its entry has come to be: the one before is over. */
  establish(): void {
    this.#before?.yield();
    this.#before = undefined;
  }

  /** Lets another keeper of this client have the entry, which begins when this resolves. Never rejects. */
  async stepAside(): Promise<void> {
    this.#aside = true;
    if (!this.#ended) await this.#settling;
    else {
      this.#guarding.abort("replaced");
      await this.over;
    }
  }

  /** Leaves the entry to the keeper for which it has stepped aside, for good. */
  yield(): void {
    this.#replaced = true;
    this.#leaving.abort(closedError());
    this.change();
    this.establish(); // those that had stepped aside for this one are over with it
  }

  /** Goes on where the other claim ends. The result is who does, if anybody: one that has ended meanwhile leaves it to the one before. */
  takeBack(from: Claim): Keeper | undefined {
    if (this.#ended) return this.#before?.takeBack(from);
    this.#aside = false;
    this.claim.inherit(from);
    this.change();
    return this;
  }

  /** Removes the entry for certain, or lets the session take it along. Never rejects. */
  async leave(): Promise<void> {
    this.#gone = true;
    this.#comesBack = false;
    this.#leaving.abort(closedError());
    this.change();
    await this.ended;
  }

  async #keep(): Promise<void> {
    const { runtime } = this.#context;
    this.#rules.claim.inherit(this.#rules.before?.claim);
    const nothingThere = this.#gone && !this.#rules.before;
    for (let sessions = 0; !nothingThere && !this.#replaced; sessions += 1) {
      if (sessions > 0) await pause(runtime, runtime.random() * comebackMs, this.#leaving.signal);
      const session = await this.#nextSession();
      if (!session) return;
      await this.#keepOn(session);
      if (!this.#comesBack) return;
    }
  }

  /** `undefined`: not any more. */
  #nextSession(): Promise<Session | undefined> {
    const { runtime } = this.#context;
    const attempt = () =>
      waiting(runtime, { timeout: closedError }, (wait) => {
        wait.endOn((end) => onAbort(this.#leaving.signal, end));
        wait.throwIfOver();
        return this.#context.ready(wait);
      });
    const when = (error: unknown) => {
      if (this.#leaving.signal.aborted || CoordError.is(error, "CLOSED")) return false;
      this.#waiters.reject(error);
      return true;
    };
    return retry(runtime, attempt, { when }).catch(() => undefined);
  }

  async #keepOn(session: Session): Promise<void> {
    const over = new AbortController();
    const leave = session.onLost(() => {
      over.abort("lost");
      this.#standing = "absent";
      this.#wake();
    });
    let failures = 0;
    while (session.alive && !this.#replaced && !this.#givesBack()) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#aside) {
        await woken;
        continue;
      }
      const going = this.#gone; // it may be told to go while it is settled, and then there is more to do
      const settling = this.#settle(session);
      this.#settling = settling;
      const settled = await settling;
      if (settled && going) break;
      failures = settled ? 0 : failures + 1;
      if (settled) {
        this.#watch(over.signal);
        await woken;
      } else if (session.alive) await this.#giveTime(failures, over.signal);
    }
    leave();
    over.abort("over");
  }

  /** One that goes before it was established leaves the entry to the one before, if that is still there. */
  #givesBack(): boolean {
    if (!this.#gone || this.#aside) return false;
    const to = this.#before?.takeBack(this.claim);
    if (!to) return false;
    this.#before = undefined;
    this.#replaced = true;
    this.#rules.onGivenBack(to);
    return true;
  }

  /** Whether the store has what is wanted, or somebody else has the key. */
  async #settle(session: Session): Promise<boolean> {
    const { claim, wanted, taken, key } = this.#rules;
    const revision = this.#revision;
    try {
      const standing = await claim.settle(this.#gone ? undefined : wanted(), session);
      this.#standing = session.alive ? standing : "absent";
    } catch (error) {
      this.#standing = "absent";
      if (!session.alive) return false;
      if (!isTransient(error)) this.#waiters.reject(error);
      this.#context.logger.warn({ error, key }, "an instance could not be registered; trying again");
      return this.#gone && CoordError.is(error, "USAGE"); // never sent, so that there is nothing to remove
    }
    if (this.#standing === "taken") {
      this.#waiters.reject(taken());
      this.#context.logger.warn({ key }, "another instance has this id; this one comes back when that one goes");
    } else if (revision === this.#revision) this.#waiters.resolve();
    else this.#wake();
    return true;
  }

  #watch(signal: AbortSignal): void {
    if (this.#watched || signal.aborted) return;
    this.#watched = true;
    void this.#watchEntry(signal).finally(() => {
      this.#watched = false;
      if (!signal.aborted) this.#wake();
    });
  }

  /** Tells when the entry is not what was written. */
  async #watchEntry(signal: AbortSignal): Promise<void> {
    const { claim, key } = this.#rules;
    const { store, logger, runtime } = this.#context;
    try {
      for await (const { entries, stale } of store.watch({ key }, { signal })) {
        const isWrong = this.held ? entries[0]?.version !== claim.entry?.version : entries.length === 0;
        if (!stale && isWrong) this.#wake();
      }
    } catch (error) {
      logger.warn({ error, key }, "a registered entry can't be watched; trying again");
      await pause(runtime, longestPauseMs * runtime.random(), signal);
    }
  }

  /** That leaving begins cuts the pause short which is under way then; those after it are as long as ever. */
  async #giveTime(failures: number, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#context;
    const longestMs = Math.min(longestPauseMs, 100 * 2 ** Math.min(failures, 10));
    const leaving = this.#leaving.signal.aborted ? undefined : this.#leaving.signal;
    await pause(runtime, longestMs * runtime.random(), signal, leaving);
  }
}
