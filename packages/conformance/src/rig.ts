import { type ConnectOptions, type Coord, connect, type Routes, type Runtime } from "@coord/core";
import {
  type Backend,
  type BackendContext,
  pause,
  type SessionEvents,
  type Store,
  type StoreSession,
  type Ticket,
} from "@coord/core/spi";
import type { Direction } from "./simulation/network.ts";

/** What a backend brings to be certified: clients on networks of their own, and an operator's hand at the server. */
export interface Rig {
  /** The time by which the cases wait: the system's, or a simulation's. */
  readonly runtime: Runtime;
  /** The shortest session that the store grants, or a little more: what the cases open. */
  readonly ttlMs: number;
  /** How much later than its ttl the store may end a session that fell silent. */
  readonly lateMs: number;
  /** How soon is "at once" here: longer than a request, a notification or a timer takes on this machine when it is busy. */
  readonly promptMs: number;
  /** How long the store is away in the case that asks for it: hours, where time is virtual. Default: a few seconds longer than sessions live. */
  readonly outageMs?: number | undefined;
  /** A client with a network of its own, so that it can be cut off alone. */
  client(): Promise<RigClient>;
  /** Ends a session at the server, as an operator would. */
  expire(sessionId: string): Promise<void>;
}

export interface RigClient {
  readonly backend: Backend;
  readonly network: RigNetwork;
}

export interface RigNetwork {
  /** A black hole: nothing passes in this direction and nobody is told. */
  stall(direction?: Direction): void;
  /** Every connection breaks, and both ends know. */
  reset(): void;
  /** Connections are refused, also those that exist. */
  refuse(): void;
  /** The end of every trouble. */
  heal(): void;
}

/** One sentence of the contract, and what shows that it holds. */
export interface Case {
  readonly title: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** What the cases work with: a rig, a place of their own in the store, and everything they open closed at the end. */
export class Bench {
  readonly rig: Rig;
  /** A directory that no other case uses. */
  readonly at: string;
  readonly #opened: (() => Promise<void>)[] = [];
  #tickets = 0;

  constructor(rig: Rig, at: string) {
    this.rig = rig;
    this.at = at;
  }

  /** A store's client, without a session. */
  async store(): Promise<{ readonly store: Store; readonly network: RigNetwork }> {
    const { backend, network } = await this.rig.client();
    const store = await backend.open({ runtime: this.rig.runtime, logger: silent, namespace: this.at });
    this.#opened.push(() => store.close());
    return { store, network };
  }

  /** A client as an application has it; `decorate` may put something between it and its store. */
  async coord(
    options: ConnectOptions = {},
    decorate: (store: Store) => Store = (store) => store,
  ): Promise<{ readonly coord: Coord; readonly network: RigNetwork }> {
    const { backend, network } = await this.rig.client();
    const decorated = { ...backend, open: async (context: BackendContext) => decorate(await backend.open(context)) };
    return { coord: await this.connected(decorated, options), network };
  }

  /** A client of whatever store, in the place of this case. */
  async connected(target: Backend | Routes, options: ConnectOptions = {}): Promise<Coord> {
    const coord = await connect(target, {
      runtime: this.rig.runtime,
      session: { ttlMs: this.rig.ttlMs },
      namespace: this.at,
      ...options,
    });
    this.#opened.push(() => coord.close());
    return coord;
  }

  async session(store: Store, events: Partial<SessionEvents> = {}): Promise<StoreSession> {
    return store.openSession({
      ttlMs: this.rig.ttlMs,
      events: { renewed() {}, disconnected() {}, expired() {}, ...events },
    });
  }

  ticket(session: StoreSession, kind = "lock"): Ticket {
    this.#tickets += 1;
    return {
      id: `${this.at.replaceAll("/", "-")}-${this.#tickets}-${Math.floor(this.rig.runtime.random() * 1e9)}`,
      kind,
      value: bytes("x"),
      session,
    };
  }

  key(name: string): string {
    return `${this.at}/${name}`;
  }

  pause(delayMs: number): Promise<void> {
    return pause(this.rig.runtime, delayMs);
  }

  /** Polls until `check` gives something, and fails with the last that was wrong when it has not `withinMs`. */
  async eventually<T>(
    what: string,
    check: () => Promise<T | undefined | false> | T | undefined | false,
    withinMs = 10_000,
  ): Promise<T> {
    const untilMs = this.rig.runtime.now() + withinMs;
    while (true) {
      const found = await check();
      if (found !== undefined && found !== false) return found;
      if (this.rig.runtime.now() > untilMs) throw new Error(`${what}: not within ${withinMs} ms`);
      await this.pause(10);
    }
  }

  /** Settles with `work`, or fails when it takes longer. */
  async within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
    const late = new AbortController();
    const time = pause(this.rig.runtime, limitMs, late.signal).then(() => {
      if (!late.signal.aborted) throw new Error(`${what}: not within ${limitMs} ms`);
      return work;
    });
    try {
      return await Promise.race([work, time]);
    } finally {
      late.abort();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((close) => close()));
  }
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);
