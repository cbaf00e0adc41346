import {
  Heartbeat,
  heartbeatMs,
  onAbort,
  type Runtime,
  type SessionEvents,
  type StoreOptions,
  type StoreSession,
} from "@coord/core/spi";
import type { Connection } from "./connection.ts";

/** A session and its heartbeats. */
export class MemorySession implements StoreSession {
  readonly id: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #events: SessionEvents;
  readonly #heartbeat: Heartbeat;
  readonly #over = new AbortController();

  constructor(
    connection: Connection,
    runtime: Runtime,
    granted: { readonly id: string; readonly ttlMs: number; readonly sentAtMs: number },
    events: SessionEvents,
  ) {
    this.id = granted.id;
    this.ttlMs = granted.ttlMs;
    this.sentAtMs = granted.sentAtMs;
    this.#connection = connection;
    this.#runtime = runtime;
    this.#events = events;
    const leave = connection.onDrop(() => this.#disconnected());
    onAbort(this.#over.signal, leave);
    this.#heartbeat = new Heartbeat(runtime, {
      ttlMs: this.ttlMs,
      sentAtMs: this.sentAtMs,
      renew: (answerMs) => this.#renew(answerMs).catch(() => false), // a connection that fails is given up, and that is told
    });
  }

  renew(): Promise<boolean> {
    return this.#renew(heartbeatMs(this.ttlMs));
  }

  async close({ signal }: StoreOptions = {}): Promise<void> {
    this.#end();
    await this.#connection.call("endSession", { id: this.id }, { signal });
  }

  #end(): void {
    this.#over.abort("over");
    this.#heartbeat.stop();
  }

  /** The next connection is tried at once, or the session would stay suspended until the next heartbeat. */
  #disconnected(): void {
    if (this.#connection.closed) return this.#end();
    this.#events.disconnected();
    this.#heartbeat.soon();
  }

  async #renew(answerMs: number): Promise<boolean> {
    const sentAtMs = this.#runtime.now();
    const alive = await this.#connection.call("renewSession", { id: this.id }, { answerMs });
    if (this.#over.signal.aborted) return alive;
    if (alive) this.#events.renewed(sentAtMs);
    else this.#expired();
    return alive;
  }

  #expired(): void {
    this.#end();
    this.#events.expired();
  }
}
