import { Deadline } from "./deadline.ts";
import { type SessionLossReason, SessionLostError } from "./errors.ts";
import { Roster } from "./roster.ts";
import type { Runtime } from "./runtime.ts";
import type { StoreSession } from "./store.ts";

/**
 * One session of the store, as this process sees it. All that a client holds hangs on it and ends with it. It ends when
 * the server says so or when its own deadline passes, whichever comes first, and it never comes back.
 */
export class Session {
  readonly id: string;
  /** As granted by the store, in milliseconds. */
  readonly ttlMs: number;
  /** The store's own object: what entries are bound to. */
  readonly stored: StoreSession;
  readonly #deadline: Deadline;
  readonly #listeners = new Roster<(loss: SessionLostError) => void>();
  readonly #announce: (loss: SessionLostError) => void;
  #loss: SessionLostError | undefined;

  /** @param announce told of the loss after everything that hangs on the session has been */
  constructor(runtime: Runtime, stored: StoreSession, announce: (loss: SessionLostError) => void = () => {}) {
    this.#announce = announce;
    this.id = stored.id;
    this.ttlMs = stored.ttlMs;
    this.stored = stored;
    this.#deadline = new Deadline(runtime, {
      ttlMs: stored.ttlMs,
      sentAtMs: stored.sentAtMs,
      onPassed: () => this.end("deadline"),
    });
  }

  /** Whether it may still be relied on, by our own clock, now. */
  get alive(): boolean {
    return !this.#deadline.passed && this.#loss === undefined;
  }

  /** Milliseconds until the deadline, if no further renewal is answered; 0 once it is over. */
  get remainingMs(): number {
    return this.alive ? this.#deadline.remainingMs : 0;
  }

  get loss(): SessionLostError | undefined {
    return this.alive ? undefined : this.#loss;
  }

  /** Throws `SessionLostError` once it is over. Looks at the clock first; no I/O, no timer. */
  check(): void {
    if (!this.alive) throw this.#loss;
  }

  /** Whether the store still knows the session, asked now rather than at the next heartbeat. */
  renew(): Promise<boolean> {
    return this.stored.renew();
  }

  /** Told once, at the loss; at once if it is over already. The result takes the listener away. */
  onLost(listener: (loss: SessionLostError) => void): () => void {
    if (!this.alive && this.#loss) {
      listener(this.#loss);
      return () => {};
    }
    return this.#listeners.add(listener);
  }

  renewed(sentAtMs: number): void {
    this.#deadline.renewed(sentAtMs);
  }

  end(reason: SessionLossReason): void {
    if (this.#loss) return;
    this.#loss = new SessionLostError(reason, lossMessage[reason]);
    this.#deadline.stop();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(this.#loss);
    this.#announce(this.#loss);
  }
}

const lossMessage: Record<SessionLossReason, string> = {
  deadline:
    "The session was not renewed in time, so everything held on it counts as lost. Check the connection to the store, and whether the event loop was blocked.",
  expired: "The store ended the session, and everything held on it is lost.",
  closed: "The client was closed, and everything held on its session is released.",
};
