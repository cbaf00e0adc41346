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
import type { CallOptions } from "./attempt.ts";
import type { Connection } from "./connection.ts";
import { leaseHex } from "./entries.ts";
import { closedError } from "./exchanges.ts";
import { failureOf, isFailure, RpcFailure, Silence } from "./failure.ts";
import { newLease } from "./lease.ts";
import type { Member, Rpc } from "./rpc.ts";
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
  /** Whom to ask first after a renewal that nobody answered: the one who had the least time to. */
  #begin: Member | undefined;

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

  /** By another endpoint as well when nobody has answered for a ninth of the ttl. */
  async #renew(answerMs: number): Promise<boolean> {
    const { connection } = this.#context;
    if (connection.closed) throw closedError("renew");
    const among = connection.inTurn(this.#begin);
    try {
      const { answer: alive, askedMs } = await connection.first(
        { operation: "renew", send: (rpc, options) => this.#ask(rpc, options) },
        {
          among,
          afterMs: Math.min(this.ttlMs / 9, answerMs / among.length),
          withinMs: answerMs,
          goesOn: () => true,
        },
      );
      this.#begin = undefined;
      this.#learn(alive, askedMs);
      return alive;
    } catch (error) {
      this.#begin = error instanceof Silence ? among.at(-1) : undefined;
      if (connection.closed) throw closedError("renew");
      if (!this.#over.signal.aborted) this.#events.disconnected();
      throw new UnavailableError(`etcd did not renew the session: ${failureOf(error).message}`, {
        operation: "session.renew",
      });
    }
  }

  #learn(alive: boolean, sentAtMs: number): void {
    if (this.#over.signal.aborted) return;
    if (alive) this.#events.renewed(sentAtMs);
    else this.#expired();
  }

  /** On a stream of its own, so that no late answer to an earlier one is taken for this one's. */
  async #ask(rpc: Rpc, options: CallOptions): Promise<boolean> {
    const { connection, transactions } = this.#context;
    const stream = await rpc.leaseClient.leaseKeepAlive(options);
    const { header, TTL } = await new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
      stream.on("data", (answer) => {
        resolve(answer);
        stream.end();
      });
      stream.on("error", reject);
      stream.on("end", () => reject(new RpcFailure("unknown", "the stream ended without an answer")));
      stream.write({ ID: this.#lease });
    });
    if (connection.lineage.isCurrent(header)) return TTL !== "0";
    void transactions.isRestored().catch(() => {}); // or else the member has missed an election
    throw new RpcFailure("unknown", `member ${header.member_id} answered from before the last election`);
  }
}
