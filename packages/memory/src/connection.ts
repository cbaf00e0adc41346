import { ClosedError, onAbort, type Runtime, UnavailableError, UnknownOutcomeError } from "@coord/core/spi";
import { type Link, LinkError, type Road } from "./link.ts";
import type { MemoryServer } from "./server.ts";

export interface CallOptions {
  /** What it is for, in error messages. */
  readonly operation: string;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether repeating it changes nothing, so that a lost answer leaves no doubt. */
  readonly idempotent?: boolean;
  /** How long to wait for the answer before the connection is given up. */
  readonly answerMs?: number;
}

const defaultAnswerMs = 5_000;

/**
 * A client's connection: requests and their answers, and what the server pushes. When an answer is overdue or the link
 * breaks, the connection is given up and the next request travels on a new one; then all that was under way is over.
 */
export class Connection {
  readonly #server: MemoryServer;
  readonly #link: Link;
  readonly #runtime: Runtime;
  readonly #underWay = new Set<() => void>();
  readonly #onDrop = new Set<() => void>();
  #number = 1;
  #road: Road;
  #closed = false;

  constructor(server: MemoryServer, link: Link, runtime: Runtime) {
    this.#server = server;
    this.#link = link;
    this.#road = link.open();
    this.#runtime = runtime;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Which of the client's connections this is, counted from 1. */
  get number(): number {
    return this.#number;
  }

  /** Told each time the connection was given up, and when it is closed. The result takes the listener away. */
  onDrop(listener: () => void): () => void {
    this.#onDrop.add(listener);
    return () => this.#onDrop.delete(listener);
  }

  call<T>(serve: (server: MemoryServer) => T, options: CallOptions): Promise<T> {
    const { operation, key, signal } = options;
    if (this.#closed) return Promise.reject(closedError(operation));
    if (signal?.aborted) return Promise.reject(signal.reason);
    const number = this.#number;
    return new Promise<T>((resolve, reject) => {
      const settle = (finish: () => void) => {
        timer.cancel();
        leaveSignal();
        this.#underWay.delete(lose);
        finish();
      };
      const lose = () => settle(() => reject(this.#closed ? closedError(operation) : lost(options)));
      const timer = this.#runtime.timer(options.answerMs ?? defaultAnswerMs, () => this.drop());
      const leaveSignal = onAbort(signal, (reason) => settle(() => reject(reason)));
      this.#underWay.add(lose);
      this.#send(serve).then(
        (answer) => settle(() => resolve(answer)),
        (error) => {
          if (!(error instanceof LinkError)) return settle(() => reject(error));
          settle(() => reject(error.arrived === "no" ? unavailable(operation, key) : lost(options)));
          if (number === this.#number) this.drop();
        },
      );
    });
  }

  /** The road for what the server sends by itself; it ends when this connection is given up. */
  pushes(): (deliver: () => void) => void {
    const number = this.#number;
    const road = this.#road;
    return (deliver) => road.push(() => number === this.#number && !this.#closed && deliver());
  }

  /** Gives the connection up. */
  drop(): void {
    this.#number += 1;
    if (!this.#closed) this.#road = this.#link.open();
    for (const lose of [...this.#underWay]) lose();
    for (const listener of [...this.#onDrop]) listener();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.drop();
    this.#onDrop.clear();
  }

  #send<T>(serve: (server: MemoryServer) => T): Promise<T> {
    const number = this.#number;
    return this.#road.exchange(() => {
      if (!this.#server.admits(this, number)) throw new LinkError("maybe");
      return serve(this.#server);
    });
  }
}

const where = (key: string | undefined) => (key === undefined ? "" : ` of ${JSON.stringify(key)}`);

const unavailable = (operation: string, key: string | undefined) =>
  new UnavailableError(`The memory store is out of reach; ${operation}${where(key)} did not happen.`, {
    operation,
    key,
  });

const lost = ({ operation, key, idempotent = false }: CallOptions) =>
  idempotent
    ? new UnavailableError(`The memory store did not answer ${operation}${where(key)}.`, { operation, key })
    : new UnknownOutcomeError(
        `The memory store did not answer ${operation}${where(key)}: it may have happened or not. Read before you repeat it.`,
        { operation, key },
      );

const closedError = (operation: string) =>
  new ClosedError(`This client was closed, so ${operation} can't be done. Open a new one with connect().`, {
    operation,
  });
