import { published } from "./diagnostics.ts";
import { UsageError } from "./errors.ts";
import { Events } from "./events.ts";
import { toName } from "./key.ts";
import { guarded, type Logger } from "./logger.ts";
import { type ClientContext, Mount, type MountParts, type MountStatus } from "./mount.ts";
import { type ClientStore, patient } from "./patient.ts";
import { type RecipeContext, recipeContext } from "./recipe-context.ts";
import { pause } from "./retry.ts";
import { Roster } from "./roster.ts";
import { mountOf, routed } from "./routed.ts";
import type { Runtime } from "./runtime.ts";
import type { CoordState } from "./session-keeper.ts";
import type { Key } from "./store.ts";
import { assertDuration } from "./wait.ts";

export interface CoordEvents {
  state(now: CoordState, before: CoordState): void;
}

export interface CoordParts {
  /** One store for all names, or several that share them out. */
  readonly mounts: readonly MountParts[];
  readonly owner: string;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** Of a client of several stores: that of the one whose session ends first, and each by itself in `routes`. */
export interface CoordStatus extends MountStatus {
  readonly owner: string;
  readonly routes?: readonly (MountStatus & { readonly name: string })[];
  readonly holds: readonly { readonly name: string; readonly fencingToken: string }[];
}

/** How long `close()` waits for what is still running before it gives the session back, unless told otherwise. */
const defaultCloseMs = 1_500;
/** How long giving the session back may take; after it the store ends the session by itself. */
const revokeMs = 300;
/** How long the store may take to close its connection. All three are less than two seconds. */
const disconnectMs = 100;

/**
 * A client: one connection and one session, which all recipes made with it share; or one of each on every store that its
 * names are routed to. Made by `connect()`.
 */
export class Coord implements AsyncDisposable {
  /** The store below this client's namespace, for recipes of your own. */
  readonly store: ClientStore;
  /** Who this client says it is, for `inspect()` and logs. */
  readonly owner: string;
  /** For recipe authors, by `contextOf(coord)` of `@coord/core/recipe`. */
  readonly [recipeContext]: RecipeContext;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  readonly #mounts: readonly Mount[];
  readonly #events: Events<{ [Name in keyof CoordEvents]: CoordEvents[Name] }>;
  readonly #stateListeners = new Roster<(now: CoordState) => void>();
  #state: CoordState = "lost";
  readonly #closingListeners = new Roster<() => void>();
  readonly #underWay = new Roster<Promise<unknown>>();
  readonly #holds = new Roster<{ readonly name: string; readonly fencingToken: bigint }>();
  readonly #tails = new Map<Key, Promise<unknown>>();
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(parts: CoordParts) {
    const logger = guarded(parts.logger);
    const { runtime, owner } = parts;
    this.#runtime = runtime;
    this.#logger = logger;
    this.owner = owner;
    this.#events = new Events(logger);
    const shared = {
      runtime,
      logger,
      owner,
      inOrder: <T>(line: Key, work: () => Promise<T>) => this.#inOrder(line, work),
      track: <T>(work: Promise<T>) => this.#track(work),
      onClosing: (listener: () => void) => this.#onClosing(listener),
      holding: (shown: { readonly name: string; readonly fencingToken: bigint }) => this.#holds.add(shown),
    };
    this.#mounts = parts.mounts.map((mount) => new Mount(mount, shared, () => this.#stateChanged()));
    const forAll = this.#mounts.length === 1 ? this.#mounts.find(({ at }) => at === "") : undefined;
    this[recipeContext] = forAll?.context ?? this.#routedContext(shared);
    this.store = patient(this[recipeContext].store, runtime);
  }

  /** The worst of the states on its stores, where it has several. */
  get state(): CoordState {
    const states = this.#mounts.map(({ keeper }) => keeper.state);
    return worstFirst.find((state) => states.includes(state)) ?? "closed";
  }

  /** Opens the first session on each store; `connect()` does. */
  async start(giveUp: (error: unknown) => boolean): Promise<void> {
    await Promise.all(this.#mounts.map(({ keeper }) => keeper.start(giveUp)));
  }

  /** Opens the first session in the background, for as long as it takes; a lazy `connect()` does. */
  begin(): void {
    for (const { keeper } of this.#mounts) keeper.begin();
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
    const all = this.#mounts.map(({ at, status }) => ({ name: toName(at), ...status }));
    const { name: _, ...weakest } = all.reduce((a, b) => (remainingMs(b) < remainingMs(a) ? b : a));
    return {
      ...weakest,
      owner: this.owner,
      state: this.state,
      ...(all.length > 1 ? { routes: all } : {}),
      holds: [...this.#holds].map(({ name, fencingToken }) => ({ name, fencingToken: String(fencingToken) })),
    };
  }

  /**
   * Ends everything: refuses new work, ends every wait with `ClosedError`, aborts what is held and waits up to `waitMs`
   * (default 1500 ms) for what is running under it, gives the session back, closes the connection. Idempotent; never
   * rejects. What the store could not be told in time it finds out when the session expires.
   *
   * @throws UsageError, at once, when `waitMs` is no number of milliseconds
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
    for (const listener of this.#closingListeners) listener();
    this.#closingListeners.clear();
    await this.#within(waitMs, () => this.#settled());
    for (const { keeper } of this.#mounts) keeper.close();
    await this.#within(revokeMs, (signal) => this.#onEach(({ keeper }) => keeper.revoke(signal)));
    await this.#within(disconnectMs, () => this.#onEach((mount) => mount.disconnect()));
    this.#logger.debug({ owner: this.owner }, "closed");
    this.#events.clear();
  }

  /** On all at once; what fails on one keeps none of the others from it. */
  async #onEach(work: (mount: Mount) => Promise<unknown>): Promise<void> {
    const outcomes = await Promise.allSettled(this.#mounts.map(work));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Waits for `work`, but not longer than this. */
  async #within(limitMs: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const limit = new AbortController();
    const done = work(limit.signal).catch((error) => {
      this.#logger.debug({ error }, "could not be told to the store while closing");
    });
    const timeUp = new AbortController();
    await Promise.race([done, pause(this.#runtime, limitMs, timeUp.signal)]);
    timeUp.abort();
    limit.abort(new Error("no time left to close"));
  }

  async #settled(): Promise<void> {
    while (!this.#underWay.isEmpty) await Promise.allSettled(this.#underWay);
  }

  #stateChanged(): void {
    const now = this.state; // which tells of what it finds itself
    const before = this.#state;
    if (now === before) return;
    this.#state = now;
    this.#logger.info({ now, before, owner: this.owner }, "session state");
    published.state({ now, before, owner: this.owner });
    for (const listener of this.#stateListeners) listener(now);
    this.#events.emit("state", now, before);
  }

  /** For what goes by names on several stores; what needs a session asks for that of its own name, by `at`. */
  #routedContext(shared: ClientContext): RecipeContext {
    const mounts = this.#mounts;
    return {
      ...shared,
      endpoints: mounts.flatMap(({ backend }) => backend.endpoints),
      store: routed(mounts),
      state: () => this.state,
      trouble: () => mounts.map(({ keeper }) => keeper.trouble).find((trouble) => trouble !== undefined),
      ready: async () => {
        throw new UsageError(
          "This client has a session on each of several stores: pass the key to contextOf(coord, key).",
        );
      },
      onState: (listener) => this.#stateListeners.add(listener),
      at: (key) => mountOf(mounts, key).context,
    };
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
    const done = this.#underWay.add(work);
    work.then(done, done);
    return work;
  }

  #onClosing(listener: () => void): () => void {
    if (!this.#closing) return this.#closingListeners.add(listener);
    listener();
    return () => {};
  }
}

/** A client is as well off as the worst of its sessions. */
const worstFirst: readonly CoordState[] = ["lost", "suspended", "connected"];

const remainingMs = ({ session }: MountStatus): number => session?.remainingMs ?? 0;
