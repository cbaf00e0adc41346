import { checked } from "./checked.ts";
import { published } from "./diagnostics.ts";
import { Events } from "./events.ts";
import { guarded, type Logger } from "./logger.ts";
import { namespace } from "./namespace.ts";
import { type ClientStore, patient } from "./patient.ts";
import { type RecipeContext, recipeContext } from "./recipe-context.ts";
import { pause } from "./retry.ts";
import type { Runtime } from "./runtime.ts";
import { type CoordState, SessionKeeper } from "./session-keeper.ts";
import type { Backend, Key, Store } from "./store.ts";
import { assertDuration } from "./wait.ts";

export interface CoordEvents {
  state(now: CoordState, before: CoordState): void;
}

export interface CoordParts {
  readonly store: Store;
  readonly backend: Backend;
  readonly namespace: Key;
  readonly owner: string;
  readonly ttlMs: number;
  readonly ttlAsked: boolean;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface CoordStatus {
  readonly store: string;
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly owner: string;
  readonly state: CoordState;
  readonly session: { readonly id: string; readonly ttlMs: number; readonly remainingMs: number } | null;
  readonly holds: readonly { readonly name: string; readonly fencingToken: string }[];
}

/** How long `close()` waits for what is still running before it gives the session back, unless told otherwise. */
const defaultCloseMs = 1_500;
/** How long giving the session back may take; after it the store ends the session by itself. */
const revokeMs = 300;
/** How long the store may take to close its connection. All three are less than two seconds. */
const disconnectMs = 150;

/** A client: one connection and one session, which all recipes made with it share. Made by `connect()`. */
export class Coord implements AsyncDisposable {
  /** The store below this client's namespace, for recipes of your own. */
  readonly store: ClientStore;
  /** Who this client says it is, for `inspect()` and logs. */
  readonly owner: string;
  /** For recipe authors, by `contextOf(coord)` of `@coord/core/recipe`. */
  readonly [recipeContext]: RecipeContext;
  readonly #parts: CoordParts;
  readonly #keeper: SessionKeeper;
  readonly #events: Events<{ [Name in keyof CoordEvents]: CoordEvents[Name] }>;
  readonly #stateListeners = new Set<(now: CoordState) => void>();
  readonly #closingListeners = new Set<() => void>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #holds = new Set<{ readonly name: string; readonly fencingToken: bigint }>();
  readonly #tails = new Map<Key, Promise<unknown>>();
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(parts: CoordParts) {
    const logger = guarded(parts.logger);
    const { runtime, owner } = parts;
    const inside = checked(namespace(parts.store, parts.namespace));
    this.#parts = { ...parts, logger };
    this.owner = owner;
    this.store = patient(inside, runtime);
    this.#events = new Events(logger);
    this.#keeper = new SessionKeeper({
      runtime,
      logger,
      store: inside,
      ttlMs: parts.ttlMs,
      ttlAsked: parts.ttlAsked,
      onState: (now, before) => this.#stateChanged(now, before),
    });
    this[recipeContext] = {
      runtime,
      logger,
      owner,
      store: inside,
      state: () => this.#keeper.state,
      trouble: () => this.#keeper.trouble,
      ready: (wait) => this.#keeper.ready(wait),
      inOrder: (line, work) => this.#inOrder(line, work),
      track: (work) => this.#track(work),
      onClosing: (listener) => this.#onClosing(listener),
      onState: (listener) => subscribe(this.#stateListeners, listener),
      holding: (shown) => subscribe(this.#holds, shown),
    };
  }

  get state(): CoordState {
    return this.#keeper.state;
  }

  /** Opens the first session; `connect()` does. */
  async start(giveUp: (error: unknown) => boolean): Promise<void> {
    await this.#keeper.start(giveUp);
  }

  on<Name extends keyof CoordEvents>(name: Name, listener: CoordEvents[Name]): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof CoordEvents>(name: Name, listener: CoordEvents[Name]): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends keyof CoordEvents>(name: Name, listener: CoordEvents[Name]): this {
    this.#events.off(name, listener);
    return this;
  }

  /** What a person wants to see, as JSON; nothing secret in it. */
  status(): CoordStatus {
    const session = this.#keeper.current;
    return {
      store: this.store.traits.name,
      endpoints: this.#parts.backend.endpoints,
      namespace: this.#parts.namespace,
      owner: this.owner,
      state: this.state,
      session: session ? { id: session.id, ttlMs: session.ttlMs, remainingMs: Math.round(session.remainingMs) } : null,
      holds: [...this.#holds].map(({ name, fencingToken }) => ({ name, fencingToken: String(fencingToken) })),
    };
  }

  /**
   * Ends everything: refuses new work, ends every wait with `ClosedError`, aborts what is held and waits up to `waitMs`
   * (default 1500 ms) for what is running under it, gives the session back, closes the connection. Idempotent; never
   * rejects. What the store could not be told in time it finds out when the session expires.
   */
  close({ waitMs = defaultCloseMs }: { readonly waitMs?: number | undefined } = {}): Promise<void> {
    assertDuration("waitMs", waitMs);
    this.#closing = true;
    this.#closed ??= Promise.resolve().then(() => this.#close(waitMs)); // set before anybody is told, who may close it too
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(waitMs: number): Promise<void> {
    const { store, logger } = this.#parts;
    for (const listener of [...this.#closingListeners]) listener();
    this.#closingListeners.clear();
    await this.#within(waitMs, () => this.#settled());
    this.#keeper.close();
    await this.#within(revokeMs, (signal) => this.#keeper.revoke(signal));
    await this.#within(disconnectMs, async () => store.close());
    logger.debug({ owner: this.owner }, "closed");
    this.#events.clear();
  }

  /** Waits for `work`, but not longer than this. */
  async #within(limitMs: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const limit = new AbortController();
    const done = work(limit.signal).catch((error) => {
      this.#parts.logger.debug({ error }, "could not be told to the store while closing");
    });
    const timeUp = new AbortController();
    await Promise.race([done, pause(this.#parts.runtime, limitMs, timeUp.signal)]);
    timeUp.abort();
    limit.abort(new Error("no time left to close"));
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #stateChanged(now: CoordState, before: CoordState): void {
    this.#parts.logger.info({ now, before, owner: this.owner }, "session state");
    published.state({ now, before, owner: this.owner });
    for (const listener of [...this.#stateListeners]) listener(now);
    this.#events.emit("state", now, before);
  }

  /** The store's order of creation must follow the order of the calls, also when one of them has to be repeated. */
  #inOrder<T>(line: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(line);
    const result = before ? before.then(work) : work();
    const forget = () => {
      if (this.#tails.get(line) === tail) this.#tails.delete(line);
    };
    const tail: Promise<void> = result.then(forget, forget);
    this.#tails.set(line, tail);
    return result;
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const done = () => this.#underWay.delete(work);
    work.then(done, done);
    return work;
  }

  #onClosing(listener: () => void): () => void {
    if (!this.#closing) return subscribe(this.#closingListeners, listener);
    listener();
    return () => {};
  }
}

function subscribe<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
