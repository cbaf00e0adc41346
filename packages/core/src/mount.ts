import { checked } from "./checked.ts";
import type { Key } from "./key.ts";
import { namespace } from "./namespace.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { Roster } from "./roster.ts";
import { type CoordState, SessionKeeper } from "./session-keeper.ts";
import type { Backend, Store } from "./store.ts";

export interface MountParts {
  /** The names that lie on this store: this one and all below it; `""` for all that no other store has. */
  readonly at: Key;
  readonly backend: Backend;
  readonly store: Store;
  /** The prefix that the names live under in this store. */
  readonly namespace: Key;
  readonly ttlMs: number;
  readonly ttlAsked: boolean;
}

export interface MountStatus {
  readonly store: string;
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly state: CoordState;
  readonly session: { readonly id: string; readonly ttlMs: number; readonly remainingMs: number } | null;
}

/** What the stores of a client have in common. */
export type ClientContext = Pick<
  RecipeContext,
  "runtime" | "logger" | "owner" | "inOrder" | "track" | "onClosing" | "holding"
>;

/**
 * One store of a client, with the session that is kept alive on it. Each has a session, a deadline and a state of its
 * own, so that what is held on one store is not lost with another.
 */
export class Mount {
  readonly at: Key;
  readonly backend: Backend;
  readonly namespace: Key;
  /** Below the namespace, with every argument checked; each call is one attempt. */
  readonly store: Store;
  readonly keeper: SessionKeeper;
  /** For the recipes whose names lie here. */
  readonly context: RecipeContext;
  readonly #raw: Store;
  readonly #listeners = new Roster<(now: CoordState) => void>();

  constructor(parts: MountParts, client: ClientContext, stateChanged: () => void) {
    const { runtime, logger } = client;
    this.at = parts.at;
    this.backend = parts.backend;
    this.namespace = parts.namespace;
    this.#raw = parts.store;
    this.store = checked(namespace(parts.store, parts.namespace));
    const keeper = new SessionKeeper({
      runtime,
      logger,
      store: this.store,
      ttlMs: parts.ttlMs,
      ttlAsked: parts.ttlAsked,
      onState: (now) => {
        for (const listener of this.#listeners) listener(now);
        stateChanged();
      },
    });
    this.keeper = keeper;
    const context: RecipeContext = {
      ...client,
      endpoints: parts.backend.endpoints,
      store: this.store,
      state: () => keeper.state,
      trouble: () => keeper.trouble,
      ready: (wait) => keeper.ready(wait),
      onState: (listener) => this.#listeners.add(listener),
      at: () => context,
    };
    this.context = context;
  }

  /** How an error names it. */
  get title(): string {
    return `${this.store.traits.name} (${this.backend.endpoints.join(", ")})`;
  }

  get status(): MountStatus {
    const session = this.keeper.current;
    return {
      store: this.store.traits.name,
      endpoints: this.backend.endpoints,
      namespace: this.namespace,
      state: this.keeper.state,
      session: session ? { id: session.id, ttlMs: session.ttlMs, remainingMs: Math.round(session.remainingMs) } : null,
    };
  }

  disconnect(): Promise<void> {
    return this.#raw.close();
  }
}
