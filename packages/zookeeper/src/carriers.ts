import { ClosedError, type Key, onAbort, type SessionOptions } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import { Occurrence } from "./occurrence.ts";
import { ZooKeeperSession } from "./session.ts";
import type { WireOptions } from "./wire/wire.ts";

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

  constructor(wire: Omit<WireOptions, "sessionTimeoutMs">) {
    this.#wire = wire;
  }

  /** What carries the calls that belong to no session. */
  current(): Connection {
    if (this.closed.happened) throw closedError();
    const newest = [...this.#sessions.values()].at(-1);
    if (newest) return newest.connection;
    if (!this.#guest || this.#guest.over.aborted) {
      this.#guest = new Connection({ ...this.#wire, sessionTimeoutMs: guestTimeoutMs });
      this.#track(this.#guest);
    }
    return this.#guest;
  }

  /** A session that is open, by its id. */
  session(id: string): ZooKeeperSession | undefined {
    return this.#sessions.get(id);
  }

  async open(options: SessionOptions): Promise<ZooKeeperSession> {
    options.signal?.throwIfAborted();
    if (this.closed.happened) throw closedError();
    const session = await ZooKeeperSession.open(this.#wire, options, {
      connecting: (connection) => this.#track(connection),
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

  #track(connection: Connection): void {
    this.#connections.add(connection);
    onAbort(connection.over, () => this.#connections.delete(connection));
  }
}

export const closedError = (): ClosedError =>
  new ClosedError("This client was closed. Open a new one with connect() to go on.");
