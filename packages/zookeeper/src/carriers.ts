import { ClosedError, type Key, onAbort, type SessionOptions, type StoreSession } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import { type Errand, sessionLost } from "./errors.ts";
import type { Lineage } from "./lineage.ts";
import { Occurrence } from "./occurrence.ts";
import { ZooKeeperSession } from "./session.ts";
import type { WireOptions } from "./wire/options.ts";

/** How long the server keeps a connection that only asks and holds nothing. */
const guestTimeoutMs = 6_000;

/**
 * The connections of one client. ZooKeeper has one session a connection, so each session has its own; what belongs to none
 * travels on the newest, and while there is none, on that of a guest, which leaves when a session comes.
 */
export class Carriers {
  readonly #wire: Omit<WireOptions, "sessionTimeoutMs">;
  readonly #sessions = new Map<string, ZooKeeperSession>();
  /** All that are not over yet, also those that only wait for their session to be ended. */
  readonly #connections = new Set<Connection>();
  /** The client was closed. */
  readonly closed = new Occurrence();
  #guest: Connection | undefined;
  #scout: Connection | undefined;

  constructor(wire: Omit<WireOptions, "sessionTimeoutMs">) {
    this.#wire = wire;
    wire.lineage.onRestored(() => {
      for (const session of [...this.#sessions.values()]) session.lost();
    });
  }

  get lineage(): Lineage {
    return this.#wire.lineage;
  }

  /** What carries the calls that belong to no session. */
  current(): Connection {
    if (this.closed.happened) throw closedError();
    const newest = [...this.#sessions.values()].at(-1);
    if (newest) return newest.connection;
    if (!this.#guest || this.#guest.over.aborted) this.#guest = this.#newGuest();
    return this.#guest;
  }

  /** The session that something is to be bound to, as long as it is open. */
  own({ id }: Pick<StoreSession, "id">, errand: Errand): ZooKeeperSession {
    if (this.closed.happened) throw closedError();
    const session = this.#sessions.get(id);
    if (!session) throw sessionLost(errand);
    return session;
  }

  async open(options: SessionOptions): Promise<ZooKeeperSession> {
    options.signal?.throwIfAborted();
    if (this.closed.happened) throw closedError();
    const session = await ZooKeeperSession.open(this.#wire, options, {
      connecting: (connection) => this.#track(connection),
      turnedAway: () => void this.#scoutAhead(),
      ended: ({ id }) => this.#sessions.delete(id),
    });
    if (this.closed.happened) {
      session.abandon();
      throw closedError();
    }
    this.#sessions.set(session.id, session);
    this.#guest?.retire();
    this.#guest = undefined;
    return session;
  }

  /** Whoever stood in line with these keys doesn't any more. */
  removed(keys: readonly Key[]): void {
    for (const { tickets } of this.#sessions.values()) for (const key of keys) tickets.removed(key);
  }

  close(): void {
    if (this.closed.happened) return;
    this.closed.happen();
    for (const session of [...this.#sessions.values()]) session.abandon();
    for (const connection of [...this.#connections]) connection.end("shutdown");
  }

  /** One that is turned away as it has seen more than the servers have is of no use any more, and nothing hangs on it. */
  #newGuest(): Connection {
    const guest: Connection = new Connection(
      { ...this.#wire, sessionTimeoutMs: guestTimeoutMs },
      { turnedAway: () => guest.end() },
    );
    this.#track(guest);
    return guest;
  }

  /** Whether servers that hang up on a session have been restored to an older state, only a new session can tell. */
  async #scoutAhead(): Promise<void> {
    if (this.#scout || this.closed.happened) return;
    const scout = this.#newGuest();
    this.#scout = scout;
    await scout.call({ verb: "look" }, (send) => send.caughtUp()).catch(() => {});
    this.#scout = undefined;
    scout.retire();
  }

  #track(connection: Connection): void {
    this.#connections.add(connection);
    onAbort(connection.over, () => this.#connections.delete(connection));
  }
}

export const closedError = (): ClosedError =>
  new ClosedError("This client was closed. Open a new one with connect() to go on.");
