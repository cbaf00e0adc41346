import { reliableMs } from "./deadline.ts";
import { ClosedError, type SessionLostError, UnavailableError, UsageError } from "./errors.ts";
import { outsideFlows } from "./flow.ts";
import type { Logger } from "./logger.ts";
import { isTransient, retry } from "./retry.ts";
import type { Runtime } from "./runtime.ts";
import { Session } from "./session.ts";
import type { SessionEvents, Store, StoreSession } from "./store.ts";
import type { Wait } from "./wait.ts";

/**
 * `suspended`: a renewal is overdue or the connection is down; what is held is still held. `lost`: the session is over,
 * and a new one is being opened. `closed`: for good.
 */
export type CoordState = "connected" | "suspended" | "lost" | "closed";

export interface KeeperOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly store: Store;
  readonly ttlMs: number;
  /** Whether the caller asked for this ttl; if so, a shorter grant is an error. */
  readonly ttlAsked: boolean;
  readonly onState: (now: CoordState, before: CoordState, loss: SessionLostError | undefined) => void;
}

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps one session alive for a client: opens it, follows its state, and opens a new one after each loss. */
export class SessionKeeper {
  readonly #options: KeeperOptions;
  readonly #closing = new AbortController();
  #state: CoordState = "lost";
  #current: Session | undefined;
  #opening: Promise<Session> | undefined;
  readonly #waiters = new Set<Waiter>();
  #trouble: unknown;
  #notedTtl = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get state(): CoordState {
    this.current?.alive; // the clock first: a process that slept must not read an old state
    return this.#state;
  }

  get current(): Session | undefined {
    return this.#current?.alive ? this.#current : undefined;
  }

  /** Why there is no session, or why it is not renewed, as far as is known. */
  get trouble(): unknown {
    return this.#state === "connected" ? undefined : this.#trouble;
  }

  /**
   * The live session, or the next one when it has been opened. Rejects with what no retry mends, while opening goes on, and
   * with `ClosedError` once closed.
   */
  ready(wait: Wait): Promise<Session> {
    const session = this.current;
    if (session) return Promise.resolve(session);
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    const next = new Promise<Session>((resolve, reject) => {
      const waiter: Waiter = { resolve, reject };
      this.#waiters.add(waiter);
      wait.endOn(() => () => this.#waiters.delete(waiter));
    });
    this.#reopen();
    return wait.race(next);
  }

  /** The first session, for `connect`: an error that no retry mends is thrown, and so is the last one at `giveUp`. */
  start(giveUp: (error: unknown) => boolean): Promise<Session> {
    this.#opening = this.#open((error) => !giveUp(error) && isTransient(error));
    return this.#opening;
  }

  /** The first session in the background, however long it takes. */
  begin(): void {
    this.#reopen();
  }

  /** Ends the session as closed; what hangs on it is told. The store's part is `revoke`. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedError());
    this.#current?.end("closed");
    this.#tellWaiters(({ reject }) => reject(closedError()));
    this.#enter("closed");
  }

  /** Gives the session back to the store, so that what hung on it is free at once. */
  async revoke(signal: AbortSignal): Promise<void> {
    const session = this.#current;
    if (session) await session.stored.close({ signal });
  }

  #reopen(): void {
    this.#opening ??= this.#open((error) => {
      if (!isTransient(error)) this.#tellWaiters(({ reject }) => reject(error));
      return true;
    });
  }

  #tellWaiters(tell: (waiter: Waiter) => void): void {
    for (const waiter of [...this.#waiters]) tell(waiter);
    this.#waiters.clear();
  }

  #open(goOn: (error: unknown) => boolean): Promise<Session> {
    const { runtime, logger } = this.#options;
    const closing = this.#closing.signal;
    const attempts = {
      signal: closing,
      when: (error: unknown) => {
        if (closing.aborted) return false;
        this.#trouble = error;
        logger.warn({ error }, "could not open a session; trying again");
        return goOn(error);
      },
    };
    const opening = outsideFlows(() => retry(runtime, () => this.#openOnce(), attempts));
    opening.catch(() => {}); // whoever waits for it is told; nobody need wait
    return opening;
  }

  async #openOnce(): Promise<Session> {
    const { runtime, store, ttlMs } = this.#options;
    if (this.#closing.signal.aborted) throw closedError();
    let session: Session | undefined;
    let expired = false;
    const events: SessionEvents = {
      renewed: (sentAtMs) => session && this.#renewed(session, sentAtMs),
      disconnected: () => session && this.#disconnected(session),
      expired: () => {
        expired = true; // also when it is over before its opening was answered
        session?.end("expired");
      },
    };
    const stored = await store.openSession({ ttlMs, events, signal: this.#closing.signal });
    this.#judgeTtl(stored);
    session = new Session(runtime, stored, (loss) => session && this.#lost(session, loss));
    if (expired) session.end("expired");
    if (!session.alive) {
      this.#giveBack(stored);
      throw new UnavailableError("The store granted a session so late that it was over before it could be used.");
    }
    if (this.#closing.signal.aborted) {
      session.end("closed");
      this.#giveBack(stored);
      throw closedError();
    }
    this.#adopt(session);
    return session;
  }

  #adopt(session: Session): void {
    this.#current = session;
    this.#opening = undefined;
    this.#trouble = undefined;
    this.#tellWaiters(({ resolve }) => resolve(session));
    this.#enter("connected");
  }

  #renewed(session: Session, sentAtMs: number): void {
    session.renewed(sentAtMs);
    if (session === this.#current && session.alive) this.#enter("connected");
  }

  #disconnected(session: Session): void {
    if (session === this.#current && session.alive) this.#enter("suspended");
  }

  #lost(session: Session, loss: SessionLostError): void {
    if (session !== this.#current || loss.reason === "closed") return;
    this.#trouble = loss;
    this.#giveBack(session.stored);
    this.#reopen();
    this.#enter("lost", loss);
  }

  /** A session that counts as lost here must not live on there: it is revoked as soon as the store can be reached. */
  #giveBack(stored: StoreSession): void {
    const { runtime, logger } = this.#options;
    const { signal } = this.#closing;
    retry(runtime, () => stored.close(), { signal, when: (error) => !signal.aborted && isTransient(error) }).catch(
      (error) => {
        logger.debug({ error }, "a lost session could not be revoked; the store will expire it");
      },
    );
  }

  #judgeTtl(stored: StoreSession): void {
    const { ttlMs, ttlAsked, logger } = this.#options;
    if (reliableMs(stored.ttlMs) <= 0) {
      this.#giveBack(stored);
      throw new UsageError(
        `A session of ${stored.ttlMs} ms is too short to be relied on; ask for a longer \`session.ttlMs\`.`,
      );
    }
    if (stored.ttlMs < ttlMs && ttlAsked) {
      this.#giveBack(stored);
      throw new UsageError(
        `The store grants sessions of ${stored.ttlMs} ms at most, less than the \`session.ttlMs\` of ${ttlMs} that was asked for.`,
      );
    }
    if (stored.ttlMs > ttlMs && !this.#notedTtl) {
      this.#notedTtl = true;
      logger.info({ asked: ttlMs, granted: stored.ttlMs }, "the store grants longer sessions than asked for");
    }
  }

  #enter(state: CoordState, loss?: SessionLostError): void {
    const before = this.#state;
    if (before === state || before === "closed") return;
    this.#state = state;
    this.#options.onState(state, before, loss);
  }
}

export const closedError = (): ClosedError =>
  new ClosedError("This client was closed. Open a new one with connect() to go on.");
