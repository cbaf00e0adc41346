import {
  Heartbeat,
  heartbeatMs,
  type Runtime,
  type SessionEvents,
  type SessionOptions,
  type StoreOptions,
  type StoreSession,
  UnavailableError,
} from "@coord/core/spi";
import { Connection, type Period } from "./connection.ts";
import { sessionName } from "./nodes.ts";
import { Tickets } from "./tickets.ts";
import { RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import { type MultiResult, multi } from "./wire/ops.ts";
import type { WireOptions } from "./wire/options.ts";

/**
 * A write that changes nothing, and needs no right: a majority agrees to it and the leader looks whether the session is
 * alive, whatever else comes of the check.
 */
const heartbeat = () => multi([{ op: "check", path: "/", version: -1 }]);

/** What the leader's look found, as it stands in the place of the check's result. */
const isSessionOver = (value: MultiResult): boolean =>
  "failed" in value && value.failed.code === errorCode.sessionExpired;

/**
 * How long before a committed write something must have been sent for the leader to have heard of it. A follower passes on
 * who was active with its answer to the leader's next ping, half a tick later at most, and a session is two ticks at least.
 */
const heardMs = (ttlMs: number): number => 0.26 * ttlMs;

/** Whoever opened it is told of its connection, and when it is not to be used any more. */
export interface SessionOwner {
  connecting(connection: Connection): void;
  turnedAway(): void;
  ended(session: ZooKeeperSession): void;
}

/**
 * One session on a connection of its own. Pings only keep the connection alive, since a follower that is cut off from its
 * leader goes on answering them: what renews the session is a committed write, and it counts from the one before.
 */
export class ZooKeeperSession implements StoreSession {
  readonly id: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
  readonly connection: Connection;
  readonly tickets = new Tickets();
  readonly #runtime: Runtime;
  readonly #events: SessionEvents;
  readonly #heartbeat: Heartbeat;
  readonly #onEnd: () => void;
  #sentMs: number[] = [];
  #provenMs: number;
  #over = false;

  private constructor(
    connection: Connection,
    period: Period,
    runtime: Runtime,
    events: SessionEvents,
    onEnd: (session: ZooKeeperSession) => void,
  ) {
    this.connection = connection;
    this.id = sessionName(connection.id);
    this.ttlMs = connection.timeoutMs;
    this.sentAtMs = period.connectSentMs;
    this.#provenMs = this.sentAtMs;
    this.#runtime = runtime;
    this.#events = events;
    this.#onEnd = () => onEnd(this);
    this.#heartbeat = new Heartbeat(runtime, {
      ttlMs: this.ttlMs,
      sentAtMs: this.sentAtMs,
      lagMs: heartbeatMs(this.ttlMs),
      renew: (answerMs) => this.#beat(answerMs),
    });
  }

  /** Tries each server once; what can't be reached at all rejects. */
  static async open(
    wire: Omit<WireOptions, "sessionTimeoutMs">,
    { ttlMs, events, signal }: SessionOptions,
    { connecting, turnedAway, ended }: SessionOwner,
  ): Promise<ZooKeeperSession> {
    let session: ZooKeeperSession | undefined;
    const tell = (what: (opened: ZooKeeperSession) => void) => () => {
      if (session) what(session);
    };
    const connection = new Connection(
      { ...wire, sessionTimeoutMs: Math.ceil(ttlMs) },
      {
        up: tell((opened) => opened.#connected()),
        down: tell((opened) => opened.#disconnected()),
        turnedAway: tell(turnedAway),
        expired: tell((opened) => opened.lost()),
      },
    );
    connecting(connection);
    try {
      const period = await connection.call({ verb: "openSession", signal }, async (_, now) => now);
      session = new ZooKeeperSession(connection, period, wire.runtime, events, ended);
      return session;
    } catch (error) {
      connection.end(); // one that was opened unheard holds nothing and expires
      throw error;
    }
  }

  async renew(): Promise<boolean> {
    if (this.#over) return false;
    const answerMs = heartbeatMs(this.ttlMs);
    try {
      await this.#prove(answerMs);
      return true;
    } catch (error) {
      if (this.connection.over.aborted) return false;
      throw new UnavailableError(`ZooKeeper did not renew the session ${this.id} within ${Math.round(answerMs)} ms.`, {
        operation: "renew",
        cause: error,
      });
    }
  }

  async close({ signal }: StoreOptions = {}): Promise<void> {
    this.#end();
    await this.connection.close({ verb: "closeSession", signal, bound: true });
  }

  /** Its heartbeats end without a word to the server. */
  abandon(): void {
    this.#end();
  }

  /** It is gone at the servers, or counts as gone. */
  lost(): void {
    if (this.#over) return;
    this.#end();
    this.#events.expired();
  }

  /** A connection that gives no answer is given up early enough for another server to be asked. */
  async #beat(answerMs: number): Promise<boolean> {
    try {
      await this.#prove(answerMs);
      return true;
    } catch {
      if (!this.#over) this.#events.disconnected();
      return false;
    }
  }

  /** A connection that breaks under it is no answer yet: there may be time for another one. */
  async #prove(answerMs: number): Promise<void> {
    const untilMs = this.#runtime.now() + answerMs;
    while (true) {
      let asked: Period | undefined;
      const errand = { verb: "renew", withinMs: untilMs - this.#runtime.now(), bound: true };
      try {
        const provenMs = await this.connection.call(errand, async (send, period) => {
          asked = period;
          const sentMs = this.#runtime.now();
          this.#sentMs.push(sentMs);
          const { zxid, value } = await send(heartbeat());
          if (isSessionOver(value)) throw new RefusedError(errorCode.sessionExpired, zxid);
          return this.#provenBy(sentMs, period);
        });
        return this.#renewed(provenMs);
      } catch (error) {
        const broke = asked?.over.happened && !this.connection.over.aborted;
        if (broke && this.#runtime.now() < untilMs) continue;
        if (asked && asked === this.connection.period)
          this.connection.giveUp(new Error("a heartbeat was not answered"));
        throw error;
      }
    }
  }

  /** The connection's first request was passed to the leader itself; anything else only after a while. */
  #provenBy(sentMs: number, { connectSentMs }: Period): number {
    const heard = this.#sentMs.filter((atMs) => atMs <= sentMs - heardMs(this.ttlMs));
    const provenMs = Math.max(connectSentMs, ...heard);
    this.#sentMs = this.#sentMs.filter((atMs) => atMs >= provenMs);
    return provenMs;
  }

  #renewed(provenMs: number): void {
    if (this.#over) return;
    this.#provenMs = Math.max(this.#provenMs, provenMs);
    this.#events.renewed(this.#provenMs);
  }

  /**
   * What was sent on an earlier connection may never have reached the leader. And a server that grants less than the one before may end
   * the session before the deadline that was counted from that.
   */
  #connected(): void {
    if (this.connection.timeoutMs < this.ttlMs) return this.lost();
    this.#sentMs = [];
    this.#heartbeat.soon();
  }

  /** A connection that broke tells nothing yet of the session: the next heartbeat does, on the next connection. */
  #disconnected(): void {
    this.#heartbeat.soon();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#heartbeat.stop();
    this.#onEnd();
  }
}
