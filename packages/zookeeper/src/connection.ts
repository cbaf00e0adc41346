import { CoordError, onAbort, type Runtime } from "@coord/core/spi";
import { type End, type Ended, ended, explained, maxRequestBytes } from "./errors.ts";
import { Lists } from "./lists.ts";
import { rootPath } from "./nodes.ts";
import { Occurrence } from "./occurrence.ts";
import { Unreadable } from "./unreadable.ts";
import { Watches } from "./watches.ts";
import { type Answer, LongRequestError, OutOfReachError, UnansweredError } from "./wire/answers.ts";
import { hostPort } from "./wire/endpoints.ts";
import type { WireOptions } from "./wire/options.ts";
import type { Request } from "./wire/request.ts";
import { closeSession, sync } from "./wire/requests.ts";
import { Wire } from "./wire/wire.ts";
import { Writing } from "./writing.ts";

/** Sends one request. Requests that are sent one after the other, without a pause, are answered in one round trip. */
export interface Send {
  <T>(request: Request<T>): Promise<Answer<T>>;
  /** Lets the server catch up with the leader, for the reads that follow; once for all reads of one turn. */
  readonly caughtUp: () => Promise<Answer<undefined>>;
  /** Lets it catch up with this transaction, which takes nothing where it has shown that one or a later one. */
  readonly caughtUpWith: (zxid: bigint) => Promise<unknown> | undefined;
}

export interface CallOptions extends Ended {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for a connection and the answer together. */
  readonly withinMs?: number;
  /** Whether it lasts until somebody ends it, so that nobody waits for its end. */
  readonly lasting?: boolean;
}

/** From a connection's coming up to its going down: what was watched meanwhile is forgotten with it. */
export interface Period {
  readonly over: Occurrence;
  readonly watches: Watches;
  readonly unreadable: Unreadable;
  /** When the first request of the period was sent: the server counted the session's time anew when it came. */
  readonly connectSentMs: number;
}

export interface ConnectionListener {
  up(period: Period): void;
  down(): void;
  /** All servers hung up on the session, one after the other: they don't serve, or are behind what it has seen. */
  turnedAway(): void;
  expired(): void;
}

const waitForConnectionMs = 5_000;

/** One session and its way to the servers: calls wait for it to be up, and are settled in every case. */
export class Connection {
  /** For the writes of all calls, since those of one turn travel together. */
  readonly writing: Writing;
  readonly #wire: Wire;
  readonly #send: Send;
  #catchingUp: Promise<Answer<undefined>> | undefined;
  readonly #runtime: Runtime;
  readonly #servers: string;
  readonly #over = new AbortController();
  readonly #waiting = new Set<{ readonly go: () => void; readonly fail: (error: unknown) => void }>();
  #active = 0;
  #retired = false;
  #up: Period | undefined;

  constructor(options: WireOptions, listener: Partial<ConnectionListener> = {}) {
    this.#runtime = options.runtime;
    this.#servers = options.servers.map(hostPort).join(", ");
    this.#send = Object.assign(<T>(request: Request<T>) => this.#sendOne(request), {
      caughtUp: () => this.#caughtUp(),
      caughtUpWith: (zxid: bigint) => (this.#wire.seenZxid >= zxid ? undefined : this.#caughtUp()),
    });
    const lists = new Lists(this.#send);
    this.writing = new Writing(this.#send, lists);
    this.#wire = new Wire(options, {
      up: () => {
        const { connectSentMs } = this.#wire;
        const watches = new Watches();
        const unreadable = new Unreadable(this.#runtime, lists, watches);
        const period = { over: new Occurrence(), watches, unreadable, connectSentMs };
        period.over.on(() => unreadable.end());
        this.#up = period;
        listener.up?.(period);
        for (const { go } of [...this.#waiting]) go();
      },
      down: () => {
        this.#down();
        listener.down?.();
      },
      unreachable: (cause, turnedAway) => {
        for (const { fail } of [...this.#waiting]) fail(new OutOfReachError(cause));
        if (turnedAway) listener.turnedAway?.();
      },
      over: (why) => {
        this.#end(why);
        if (why === "expired") listener.expired?.();
      },
      event: (event) => this.#up?.watches.tell(event),
    });
    this.#wire.start();
  }

  get id(): bigint {
    return this.#wire.sessionId;
  }

  get timeoutMs(): number {
    return this.#wire.sessionTimeoutMs;
  }

  /** `undefined` while there is no connection. */
  get period(): Period | undefined {
    return this.#up;
  }

  /** Aborts when it is over for good, with an `End` as the reason. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Calls `body` as soon as there is a connection: what it sends before it first waits travels together. */
  call<T>(options: CallOptions, body: (send: Send, period: Period) => Promise<T>): Promise<T> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#over.signal.aborted) return Promise.reject(this.#overError(options));
    const up = this.#up;
    const unlimited = up && options.signal === undefined && options.withinMs === undefined;
    const called = unlimited ? body(this.#send, up) : this.#called(options, body);
    if (!options.lasting) this.#active += 1;
    return called.then(
      (value) => {
        this.#left(options);
        return value;
      },
      (error) => {
        this.#left(options);
        throw this.#explained(error, options);
      },
    );
  }

  #left({ lasting }: CallOptions): void {
    if (!lasting) this.#active -= 1;
    if (this.#retired) this.#closeWhenIdle();
  }

  /** Waits for a connection, and not longer than the caller wants to. */
  #called<T>(options: CallOptions, body: (send: Send, period: Period) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (finish: () => void) => {
        timer?.cancel();
        leaveSignal();
        this.#waiting.delete(waiting);
        finish();
      };
      const fail = (error: unknown) => settle(() => reject(error));
      const go = () => {
        this.#waiting.delete(waiting);
        if (options.withinMs === undefined) timer?.cancel();
        const period = this.#up;
        if (!period) return fail(new UnansweredError(false));
        try {
          body(this.#send, period).then((value) => settle(() => resolve(value)), fail);
        } catch (error) {
          fail(error); // it is the caller's, and no fault of the connection that has just come up
        }
      };
      const waiting = { go, fail };
      const needed = options.withinMs !== undefined || !this.#up;
      const timer = needed
        ? this.#runtime.timer(options.withinMs ?? waitForConnectionMs, () => this.#late(fail))
        : undefined;
      const leaveSignal = onAbort(options.signal, fail);
      if (this.#up) go();
      else this.#waiting.add(waiting);
    });
  }

  /** The server is not to be trusted with the session any longer: goes on with another one. */
  giveUp(cause: Error): void {
    this.#wire.giveUp(cause);
  }

  /** Ends the session at the server: all that is bound to it is gone when this resolves. */
  async close(options: CallOptions): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#wire.closing();
    const ask = () => this.call({ ...options, changes: true }, (send) => send(closeSession()));
    try {
      await ask().catch((error) => {
        if (!CoordError.is(error, "UNKNOWN_OUTCOME")) throw error;
        return ask(); // on the next connection, which finds the session gone or ends it
      });
    } catch (error) {
      if (!this.#over.signal.aborted) throw error;
    }
    this.end();
  }

  /** It is not needed any more: ends with the calls that are under way. */
  retire(): void {
    this.#retired = true;
    this.#closeWhenIdle();
  }

  /** Ends it here; at the server the session is left to expire. */
  end(why: "closed" | "shutdown" = "closed"): void {
    if (this.#over.signal.aborted) return;
    this.#end(why);
    this.#wire.end();
  }

  #closeWhenIdle(): void {
    if (this.#active > 0 || this.#over.signal.aborted) return;
    this.#active += 1; // so that it is asked once
    this.close({ verb: "closeSession", withinMs: waitForConnectionMs }).catch(() => this.end());
  }

  #sendOne<T>(request: Request<T>): Promise<Answer<T>> {
    const bytes = request.frame.length;
    return bytes > maxRequestBytes ? Promise.reject(new LongRequestError(bytes)) : this.#wire.send(request);
  }

  #caughtUp(): Promise<Answer<undefined>> {
    if (!this.#catchingUp) {
      this.#catchingUp = this.#send(sync(rootPath));
      process.nextTick(() => {
        this.#catchingUp = undefined;
      });
    }
    return this.#catchingUp;
  }

  /** The answer of a connection that is up is overdue, or there has been no connection for long. */
  #late(fail: (error: unknown) => void): void {
    fail(this.#up ? new UnansweredError(true) : new OutOfReachError(this.#wire.trouble));
  }

  #down(): void {
    const up = this.#up;
    this.#up = undefined;
    up?.over.happen();
  }

  #end(why: End): void {
    this.#over.abort(why);
    for (const { fail } of [...this.#waiting]) fail(new UnansweredError(false));
    this.#down();
  }

  /** The reason of a caller's own signal stays what it is. */
  #explained(error: unknown, options: CallOptions): unknown {
    if (options.signal?.aborted && error === options.signal.reason) return error;
    const { aborted, reason } = this.#over.signal;
    const isOver = aborted && error instanceof UnansweredError && (!error.sent || reason === "shutdown");
    return isOver ? this.#overError(options) : explained(error, options, this.#servers);
  }

  #overError(options: CallOptions): Error {
    return ended(this.#over.signal.reason, options, this.#servers);
  }
}
