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
import type { Seen } from "./protocol.ts";

/** Asks the server for the state now and for notices under the name of this subscription. */
type Subscribe<T> = (subscription: number, signal: AbortSignal) => Promise<T>;

export function watch(
  connection: Connection,
  runtime: Runtime,
  scope: Scope,
  signal?: AbortSignal,
): AsyncIterable<Snapshot> {
  return new Sight<Seen<Snapshot>>(connection, runtime, signal, (subscription, over) =>
    connection.call("watch", { subscription, scope }, { signal: over }),
  ).shown;
}

/**
 * Only those in the way and the own entry are watched: whoever else comes or goes wakes nobody here. When those in the
 * way have changed, the others are asked for.
 */
export function followPlace(
  connection: Connection,
  runtime: Runtime,
  place: Place,
  blockers: Blockers,
  signal?: AbortSignal,
): AsyncIterable<Standing> {
  const keysOf = ({ ahead }: Pick<Standing, "ahead">) => blockers(ahead).map(({ key }) => key);
  let keys = keysOf(place);
  return new Sight<Seen<Standing>>(
    connection,
    runtime,
    signal,
    (subscription, over) => connection.call("follow", { subscription, place, keys }, { signal: over }),
    (seen) => {
      const before = keys;
      keys = keysOf(seen);
      return keys.some((key) => !before.includes(key));
    },
  ).shown;
}

/** How often a connection on which nothing is heard is tried: a server that falls silent says no word of it. */
const heartbeatMs = 1_000;

/**
 * A client's sight of a part of the server: the state now and after each change that matters, and anew after the
 * connection was given up, for what changed meanwhile was not heard. Until then the last state is shown as stale.
 */
class Sight<T extends { readonly revision: bigint }> {
  readonly shown: Latest<T & { readonly stale: boolean }>;
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #subscribe: Subscribe<T>;
  readonly #outgrown: (seen: T) => boolean;
  readonly #over = new AbortController();
  #last: T | undefined;
  #stale = false;
  /** Ends the pause before the connection is tried, once it is known to be gone. */
  #broken = new AbortController();
  #leave = () => {};

  /** @param outgrown whether for this state the subscription has to be made anew */
  constructor(
    connection: Connection,
    runtime: Runtime,
    signal: AbortSignal | undefined,
    subscribe: Subscribe<T>,
    outgrown: (seen: T) => boolean = () => false,
  ) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#subscribe = subscribe;
    this.#outgrown = outgrown;
    const leaveConnection = connection.onDrop(() => this.#outOfSight());
    this.shown = new Latest({
      signal,
      onEnd: () => {
        leaveConnection();
        this.#over.abort("over");
        this.#leave();
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
    this.#broken.abort("broken");
    if (this.#stale) return;
    this.#stale = true;
    if (this.#last) this.shown.push({ ...this.#last, stale: true });
  }

  /** Subscribes, and then tries the connection again and again; one that was given up takes the subscription with it. */
  async #keepLooking(): Promise<void> {
    try {
      while (!this.#ended) {
        const number = await retry(this.#runtime, () => this.#look(), {
          signal: this.#over.signal,
          when: (error) => isTransient(error) && !this.#ended,
        });
        this.#broken = new AbortController();
        while (!this.#ended && this.#connection.number === number) {
          await pause(this.#runtime, heartbeatMs, this.#over.signal, this.#broken.signal);
          if (!this.#ended) await this.#connection.call("ping", {}).catch(() => {});
        }
      }
    } catch (error) {
      if (this.#connection.closed) this.shown.end();
      else this.shown.fail(error);
    }
  }

  /** Under a new name each time, so that nothing of an earlier subscription is taken for one of this. */
  async #look(): Promise<number> {
    this.#leave();
    const { number } = this.#connection;
    const { id, leave } = this.#connection.subscription((notice) => this.#show(notice.seen as unknown as T));
    this.#leave = () => {
      leave();
      this.#leave = () => {};
      if (!this.#connection.closed && number === this.#connection.number) {
        this.#connection.call("unsubscribe", { subscription: id }).catch(() => {});
      }
    };
    this.#show(await this.#subscribe(id, this.#over.signal));
    return number;
  }

  /**
   * A notice may be here before the answer that was sent ahead of it has been awaited: time doesn't go back. A state that another subscription is
   * needed for isn't shown, but what that one is answered with: it would wake twice for one change.
   */
  #show(seen: T): void {
    const known = this.#last?.revision ?? -1n;
    if (seen.revision < known || (seen.revision === known && !this.#stale)) return;
    if (this.#outgrown(seen)) return void this.#look().catch(() => {}); // a connection that fails now is given up, and looked for anew
    this.#stale = false;
    this.#last = seen;
    this.shown.push({ ...seen, stale: false });
  }
}
