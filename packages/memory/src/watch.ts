import {
  type Blockers,
  isTransient,
  Latest,
  type Place,
  pause,
  type Runtime,
  retry,
  type Scope,
  type Snapshot,
  type Standing,
} from "@coord/core/spi";
import type { Connection } from "./connection.ts";
import { standingOf } from "./contend.ts";
import type { MemoryServer } from "./server.ts";

interface Seen {
  readonly revision: bigint;
}

/** Looks at the server's state and asks to be told of the next change that matters; `leave` ends that. */
type Look<T extends Seen> = (
  server: MemoryServer,
  changed: () => void,
) => { readonly seen: T; readonly leave: () => void };

export function watch(
  connection: Connection,
  runtime: Runtime,
  scope: Scope,
  signal?: AbortSignal,
): AsyncIterable<Snapshot> {
  return new Sight<Omit<Snapshot, "stale">>(connection, runtime, signal, (server, changed) => ({
    seen: server.see(scope),
    leave: server.subscriptions.add(scope, { changed }),
  })).shown;
}

/** Only those in the way and the own entry are watched: whoever else comes or goes wakes nobody here. */
export function followPlace(
  connection: Connection,
  runtime: Runtime,
  place: Place,
  blockers: Blockers,
  signal?: AbortSignal,
): AsyncIterable<Standing> {
  return new Sight<Omit<Standing, "stale">>(connection, runtime, signal, (server, changed) => {
    const seen = standingOf(server, place);
    const keys = [place.mine.key, ...blockers(seen.ahead).map(({ key }) => key)];
    const leaves = keys.map((key) => server.subscriptions.add({ key }, { changed }));
    return { seen, leave: () => leaves.forEach((leave) => void leave()) };
  }).shown;
}

/** How often a connection on which nothing is heard is tried: a server that falls silent says no word of it. */
const heartbeatMs = 1_000;

/**
 * A client's sight of a part of the server: the state now and after each change that matters, and anew after the
 * connection was given up, for what changed meanwhile was not heard. Until then the last state is shown as stale.
 */
class Sight<T extends Seen> {
  readonly shown: Latest<T & { readonly stale: boolean }>;
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #look: Look<T>;
  readonly #over = new AbortController();
  #last: T | undefined;
  #leaveServer = () => {};

  constructor(connection: Connection, runtime: Runtime, signal: AbortSignal | undefined, look: Look<T>) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#look = look;
    const leaveConnection = connection.onDrop(() => this.#outOfSight());
    this.shown = new Latest({
      signal,
      onEnd: () => {
        leaveConnection();
        this.#leaveServer();
        this.#over.abort();
      },
    });
    if (connection.closed || signal?.aborted) this.shown.end();
    else void this.#keepLooking();
  }

  get #ended(): boolean {
    return this.#over.signal.aborted;
  }

  #outOfSight(): void {
    if (this.#connection.closed) return this.shown.end();
    if (this.#last) this.shown.push({ ...this.#last, stale: true });
  }

  /** Subscribes, and then tries the connection again and again; one that was given up takes the subscription with it. */
  async #keepLooking(): Promise<void> {
    try {
      while (!this.#ended) {
        const number = await retry(this.#runtime, () => this.#subscribe(), {
          signal: this.#over.signal,
          when: (error) => isTransient(error) && !this.#ended,
        });
        while (!this.#ended && this.#connection.number === number) {
          await pause(this.#runtime, heartbeatMs, this.#over.signal);
          await this.#call((server) => server.revision).catch(() => {});
        }
      }
    } catch (error) {
      if (this.#connection.closed) this.shown.end();
      else this.shown.fail(error);
    }
  }

  async #subscribe(): Promise<number> {
    const { number } = this.#connection;
    const push = this.#connection.pushes();
    const seen = await this.#call((server) => this.#lookAt(server, push));
    this.#show(seen);
    return number;
  }

  /** At the server: the state now; the next change that matters sends the state then, and so on. */
  #lookAt(server: MemoryServer, push: (deliver: () => void) => void): T {
    this.#leaveServer();
    const { seen, leave } = this.#look(server, () => {
      const next = this.#lookAt(server, push);
      push(() => this.#show(next));
    });
    if (this.#ended)
      leave(); // the request arrived after its client had left
    else this.#leaveServer = leave;
    return seen;
  }

  #show(seen: T): void {
    if (this.#last && seen.revision < this.#last.revision) return;
    this.#last = seen;
    this.shown.push({ ...seen, stale: false });
  }

  #call<A>(serve: (server: MemoryServer) => A): Promise<A> {
    return this.#connection.call(serve, { operation: "watch", idempotent: true, signal: this.#over.signal });
  }
}
