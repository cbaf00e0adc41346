import {
  Heartbeat,
  heartbeatMs,
  onAbort,
  type Runtime,
  type SessionEvents,
  type SessionOptions,
  type StoreOptions,
  type StoreSession,
  UnavailableError,
} from "@coord/core/spi";
import type { ILeaseKeepAliveResponse } from "etcd3";
import { type Connection, closedError } from "./connection.ts";
import { leaseHex } from "./entries.ts";
import { failureOf, isFailure, RpcFailure } from "./failure.ts";
import { newLease } from "./lease.ts";
import type { Member } from "./rpc.ts";
import type { Transactions } from "./transactions.ts";

interface Granted {
  readonly lease: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
}

/** What a session needs of its client. */
export interface SessionContext {
  readonly connection: Connection;
  readonly transactions: Transactions;
  readonly runtime: Runtime;
  /** Told when the server has ended a session, and with it all that was bound to it. */
  ended(id: string): void;
}

/** A lease of our own id: a grant whose answer was lost is repeated, and counts from the first time it was sent. */
export async function openSession(context: SessionContext, options: SessionOptions): Promise<StoreSession> {
  const { connection, runtime } = context;
  const lease = newLease();
  const sentAtMs = runtime.now();
  const seconds = await grant(connection, lease, Math.ceil(options.ttlMs / 1_000), options.signal);
  return new EtcdSession(context, { lease, ttlMs: seconds * 1_000, sentAtMs }, options.events);
}

/** The seconds that the server granted. A repeated grant finds the lease that the first one made. */
async function grant(
  connection: Connection,
  lease: string,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const asked = { operation: "openSession", repeatable: true, signal };
  try {
    const { TTL } = await connection.call({
      ...asked,
      send: (rpc, call) => rpc.leaseClient.leaseGrant({ ID: lease, TTL: seconds }, call),
    });
    return Number(TTL);
  } catch (error) {
    if (!isFailure(error, "lease exists")) throw error;
  }
  const { TTL, grantedTTL } = await connection.call({
    ...asked,
    send: (rpc, call) => rpc.leaseClient.leaseTimeToLive({ ID: lease }, call),
  });
  if (Number(TTL) <= 0) {
    throw new UnavailableError("The session was over before its opening was answered; ask for a longer one.", {
      operation: "store.openSession",
    });
  }
  return Number(grantedTTL);
}

/** A session on one lease, kept alive through whichever endpoint answers. */
class EtcdSession implements StoreSession {
  readonly id: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
  readonly #lease: string;
  readonly #context: SessionContext;
  readonly #events: SessionEvents;
  readonly #heartbeat: Heartbeat;
  readonly #over = new AbortController();

  constructor(context: SessionContext, { lease, ttlMs, sentAtMs }: Granted, events: SessionEvents) {
    this.id = leaseHex(lease);
    this.ttlMs = ttlMs;
    this.sentAtMs = sentAtMs;
    this.#lease = lease;
    this.#context = context;
    this.#events = events;
    const { connection, runtime } = context;
    const leaves = [
      connection.onTrouble(() => (connection.closed ? this.#end() : this.#heartbeat.soon())),
      connection.lineage.onRestored(() => this.#expired()),
    ];
    this.#heartbeat = new Heartbeat(runtime, {
      ttlMs,
      sentAtMs,
      renew: (answerMs) => this.#renew(answerMs).catch(() => false),
    });
    onAbort(this.#over.signal, () => {
      for (const leave of leaves) leave();
    });
  }

  renew(): Promise<boolean> {
    return this.#renew(heartbeatMs(this.ttlMs));
  }

  async close({ signal }: StoreOptions = {}): Promise<void> {
    this.#end();
    const revoking = this.#context.connection.call({
      operation: "close of a session",
      repeatable: true,
      signal,
      send: (rpc, options) => rpc.leaseClient.leaseRevoke({ ID: this.#lease }, options),
    });
    await revoking.catch((error) => {
      if (!isFailure(error, "lease gone")) throw error;
    });
    this.#context.ended(this.id);
  }

  #end(): void {
    this.#over.abort("over");
    this.#heartbeat.stop();
  }

  #expired(): void {
    if (this.#over.signal.aborted) return;
    this.#end();
    this.#context.ended(this.id);
    this.#events.expired();
  }

  /** At one endpoint after the other within the time: whoever is silent for a ninth of the ttl isn't waited for if there is another. */
  async #renew(answerMs: number): Promise<boolean> {
    const { connection, runtime } = this.#context;
    const untilMs = runtime.now() + answerMs;
    for (let left = connection.size; ; left -= 1) {
      const { member } = connection;
      const remainingMs = untilMs - runtime.now();
      const attemptMs = left > 1 ? Math.min(this.ttlMs / 9, remainingMs) : remainingMs;
      const sentAtMs = runtime.now();
      try {
        const alive = await this.#ask(member, attemptMs);
        this.#learn(alive, sentAtMs);
        return alive;
      } catch (error) {
        if (connection.closed) throw closedError("renew");
        const failure = failureOf(error);
        connection.leave(member, failure);
        if (left > 1 && runtime.now() < untilMs) continue;
        if (!this.#over.signal.aborted) this.#events.disconnected();
        throw new UnavailableError(`etcd did not renew the session: ${failure.message}`, {
          operation: "session.renew",
        });
      }
    }
  }

  #learn(alive: boolean, sentAtMs: number): void {
    if (this.#over.signal.aborted) return;
    if (alive) this.#events.renewed(sentAtMs);
    else this.#expired();
  }

  /** On a stream of its own, so that no late answer to an earlier one is taken for this one's. */
  async #ask(member: Member, answerMs: number): Promise<boolean> {
    const { connection, transactions } = this.#context;
    const { header, TTL } = await connection.attempt(
      member,
      {
        operation: "renew",
        send: async (rpc, options) => {
          const stream = await rpc.leaseClient.leaseKeepAlive(options);
          return new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
            stream.on("data", (answer) => {
              resolve(answer);
              stream.end();
            });
            stream.on("error", reject);
            stream.on("end", () => reject(new RpcFailure("unknown", "the stream ended without an answer")));
            stream.write({ ID: this.#lease });
          });
        },
      },
      answerMs,
    );
    if (connection.lineage.isCurrent(header)) return TTL !== "0";
    void transactions.isRestored().catch(() => {}); // or else the member has missed an election
    throw new RpcFailure("unknown", `${member.endpoint} answered from before the last election`);
  }
}
