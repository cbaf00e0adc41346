import {
  ConflictError,
  type Entry,
  type Key,
  type Listing,
  type Runtime,
  type Scope,
  SessionLostError,
  systemRuntime,
  UnavailableError,
} from "@coord/core/spi";
import { contend, standingOf } from "./contend.ts";
import type { Answer, Notice, Request, Verb, Verbs } from "./protocol.ts";
import { State } from "./state.ts";
import { MemoryTables } from "./tables.ts";

/**
 * A store that clients connect to. A client that comes with a newer connection ends its older ones: a request that
 * was on its way on one of them is refused, so nothing takes effect after what its client did next.
 */
export class StoreServer {
  readonly #state: State;
  readonly #connections = new Map<string, ServerConnection>();

  constructor(state: State) {
    this.#state = state;
  }

  /** How many subscriptions clients have: a count for those who look for leaks. */
  get subscriptionCount(): number {
    return this.#state.subscriptions.size;
  }

  /** Opens a connection; the numbers of one client's connections must rise. */
  connect(client: string, number: number, push: (notice: Notice) => void): ServerConnection {
    return new ServerConnection(this.#state, number, push, {
      admit: (connection) => this.#admit(client, connection),
      closed: (connection) => {
        if (this.#connections.get(client) === connection) this.#connections.delete(client);
      },
    });
  }

  /** An operator's hand: ends a session as if its ttl had run out. */
  endSession(id: string): void {
    this.#state.endSession(id);
  }

  /** An operator's eye: what stands below a key. */
  list(under: Key): Listing {
    return this.#state.list(under);
  }

  /** Calls `look` after each commit that touched a child of `under`; the result ends that. */
  observe(under: Key, look: (entries: readonly Entry[]) => void): () => void {
    return this.#state.subscriptions.add({ under }, { changed: () => look(this.list(under).entries) });
  }

  #admit(client: string, connection: ServerConnection): boolean {
    const newest = this.#connections.get(client);
    if (newest && newest.number > connection.number) return false;
    if (newest !== connection) {
      newest?.close();
      this.#connections.set(client, connection);
    }
    return true;
  }
}

/** A store inside this process. */
export class MemoryServer extends StoreServer {
  constructor(runtime: Runtime = systemRuntime) {
    super(new State(runtime, new MemoryTables()));
  }
}

interface Registry {
  readonly admit: (connection: ServerConnection) => boolean;
  readonly closed: (connection: ServerConnection) => void;
}

type Handlers = { readonly [V in Verb]: (ask: Verbs[V]["ask"]) => Verbs[V]["answer"] };

/** The server's end of one connection, with the subscriptions that end together with it. */
export class ServerConnection {
  readonly number: number;
  readonly #state: State;
  readonly #push: (notice: Notice) => void;
  readonly #registry: Registry;
  readonly #subscriptions = new Map<number, () => void>();
  readonly #handlers: Handlers;
  #closed = false;

  constructor(state: State, number: number, push: (notice: Notice) => void, registry: Registry) {
    this.number = number;
    this.#state = state;
    this.#push = push;
    this.#registry = registry;
    this.#handlers = {
      get: ({ key }) => state.get(key),
      list: ({ under }) => state.list(under),
      directories: ({ under }) => state.directories(under),
      commit: (commit) => state.commit(commit),
      contend: ({ line, ticket }) => contend(state, line, ticket),
      openSession: ({ ttlMs }) => state.openSession(ttlMs),
      renewSession: ({ id }) => state.renewSession(id),
      endSession: ({ id }) => void state.endSession(id),
      watch: ({ subscription, scope }) =>
        this.#subscribe(subscription, [scope], () => ({ ...state.see(scope), history: 0 })),
      follow: ({ subscription, place, keys }) =>
        this.#subscribe(
          subscription,
          [place.mine.key, ...keys].map((key) => ({ key })),
          () => standingOf(state, place),
        ),
      unsubscribe: ({ subscription }) => void this.#unsubscribe(subscription),
      ping: () => undefined,
    };
  }

  /** Serves a request in one atomic step; `undefined` when the connection is over, and there is nobody to answer. */
  serve(request: Request): Answer | undefined {
    if (this.#closed || !this.#registry.admit(this)) return undefined;
    try {
      return { ok: this.#handle(request.verb, request.ask) };
    } catch (error) {
      if (error instanceof ConflictError) {
        const { key, expected, actual } = error;
        return { conflict: { key, expected, actual } };
      }
      if (error instanceof SessionLostError) return { sessionLost: error.message };
      if (error instanceof UnavailableError) return { unavailable: error.message };
      throw error;
    }
  }

  /** Resolves when what was served so far cannot be lost any more; `undefined` when there is nothing to wait for. */
  saved(): Promise<void> | undefined {
    return this.#state.saved();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscription of [...this.#subscriptions.keys()]) this.#unsubscribe(subscription);
    this.#registry.closed(this);
  }

  #handle<V extends Verb>(verb: V, ask: Request["ask"]): Verbs[V]["answer"] {
    return this.#handlers[verb](ask as Verbs[V]["ask"]);
  }

  #subscribe<T extends Notice["seen"]>(subscription: number, scopes: readonly Scope[], look: () => T): T {
    this.#unsubscribe(subscription);
    let shown = -1n;
    const show = () => {
      const seen = look();
      shown = seen.revision;
      return seen;
    };
    const subscriber = {
      changed: (revision: bigint) => {
        if (revision > shown) this.#push({ subscription, seen: show() }); // it may have seen what it is told of only now
      },
    };
    const leaves = scopes.map((scope) => this.#state.subscriptions.add(scope, subscriber));
    this.#subscriptions.set(subscription, () => leaves.forEach((leave) => void leave()));
    return show();
  }

  #unsubscribe(subscription: number): void {
    this.#subscriptions.get(subscription)?.();
    this.#subscriptions.delete(subscription);
  }
}
