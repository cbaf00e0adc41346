import {
  heartbeatMs,
  onAbort,
  pause,
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
    const leave = connection.onDrop(() => (connection.closed ? this.#end() : events.disconnected()));
    onAbort(this.#over.signal, leave);
    void this.#beat();
  }

  async renew(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#renew();
  }

  async close({ signal }: StoreOptions = {}): Promise<void> {
    this.#end();
    await this.#connection.call("endSession", { id: this.id }, { signal });
  }

  #end(): void {
    this.#over.abort("over");
  }

  /** One renewal each third of the reliable time; after one that failed the next follows soon. */
  async #beat(): Promise<void> {
    const everyMs = heartbeatMs(this.ttlMs);
    let pauseMs = everyMs;
    while (true) {
      await pause(this.#runtime, pauseMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      pauseMs = (await this.#renew()) ? everyMs : everyMs / 4;
    }
  }

  async #renew(): Promise<boolean> {
    const { signal } = this.#over;
    const sentAtMs = this.#runtime.now();
    try {
      const alive = await this.#connection.call(
        "renewSession",
        { id: this.id },
        { answerMs: heartbeatMs(this.ttlMs), signal },
      );
      if (signal.aborted) return false;
      if (alive) this.#events.renewed(sentAtMs);
      else this.#expired();
      return alive;
    } catch {
      return false; // the connection was given up, and that has been told
    }
  }

  #expired(): void {
    this.#end();
    this.#events.expired();
  }
}
