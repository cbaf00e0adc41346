import { type ClosedError, NoInstanceError, TimeoutError } from "@coord/core";
import { attended, Latest, type RecipeContext, type Timer, traced, type WaitOptions } from "@coord/core/recipe";
import { type CallOptions, calling } from "./calling.ts";
import { closedBy } from "./closed.ts";
import { assertCount } from "./count.ts";
import { filterOf } from "./filter.ts";
import type { Instance } from "./instance.ts";
import { LossGuard, type LossGuardOptions } from "./loss-guard.ts";
import { type Pick, Picked } from "./picked.ts";
import { type PickingOptions, Pool, why } from "./pool.ts";
import { type Sighting, sameInstances, type ViewParts } from "./view.ts";
import { shared } from "./views.ts";

export interface ServiceOptions extends PickingOptions {
  /** When most instances vanish at once they are shown for a while longer; `false`: never. */
  readonly guard?: LossGuardOptions | false | undefined;
}

/** A service as it is seen. Frozen. */
export interface ServiceView {
  /** By id. All of them, whatever their status. */
  readonly instances: readonly Instance[];
  readonly revision: bigint;
  /** The store is out of sight: these are the last ones known. */
  readonly stale: boolean;
  /** How long it has been, in milliseconds; 0 while the store is in sight. */
  readonly ageMs: number;
  /** How many entries of the service make no sense and are passed over. */
  readonly rejected: number;
}

export interface PickOptions {
  /** What the call is about: `rendezvous` and `sticky` send the same key to the same instance. */
  readonly key?: string | undefined;
  /** Ids not to be picked, because they were tried. */
  readonly exclude?: ReadonlySet<string> | undefined;
}

export interface ReadyOptions extends WaitOptions {
  /** So many instances that can be called. Default 1. */
  readonly min?: number | undefined;
}

/**
 * The live view of one service, and whom to call. Its first answer is complete; while the store is out of reach it serves the last list, marked
 * as stale. Made by `Discovery.service()`; all of one client share one watch for each service.
 */
export class Service implements AsyncDisposable {
  readonly name: string;
  readonly #context: RecipeContext;
  readonly #pool: Pool;
  readonly #guard: LossGuard | undefined;
  readonly #watchers = new Set<Latest<ServiceView>>();
  readonly #listeners = new Set<() => void>();
  /** Until one that was left alone may be called again. */
  #returning: Timer | undefined;
  readonly #leave: () => void;
  readonly #view: ReturnType<typeof shared>["view"];
  #sighting: Sighting | undefined;
  #instances: readonly Instance[] = [];
  #ready = false;
  #closed = false;

  constructor(parts: ViewParts, viewName: string, options: ServiceOptions) {
    const { context, service } = parts;
    const { runtime, owner } = context;
    this.name = service;
    this.#context = context;
    const where = filterOf(options.where, service, context.logger);
    this.#pool = new Pool(runtime, service, { ...options, where }, owner);
    this.#guard =
      options.guard === false
        ? undefined
        : new LossGuard(runtime, options.guard ?? {}, () => this.#show(this.#sighting));
    const { view, leave } = shared(parts, viewName);
    const viewer = (seen: Sighting) => this.#show(seen);
    const leaveClosing = context.onClosing(() => this.#end());
    this.#view = view;
    this.#leave = () => {
      view.remove(viewer);
      leave();
      leaveClosing();
    };
    const preparing = this.#pool.prepared();
    if (!preparing) view.add(viewer);
    else void preparing.then(() => this.#closed || view.add(viewer));
    if (this.#closed) this.#leave();
  }

  /** As it is now; `undefined` before the store has answered for the first time. */
  get current(): ServiceView | undefined {
    const seen = this.#view.seen;
    if (!this.#ready || !seen) return undefined;
    const { revision, stale, staleSinceMs, rejected } = seen;
    const ageMs = stale ? Math.max(0, this.#context.runtime.now() - staleSinceMs) : 0;
    return Object.freeze({ instances: this.#instances, revision, stale, ageMs, rejected });
  }

  /**
   * Resolves when `min` instances can be called.
   *
   * @throws TimeoutError after `waitMs`, which says why they can't; the signal's own reason; ClosedError
   */
  async ready({ min = 1, ...options }: ReadyOptions = {}): Promise<ServiceView> {
    assertCount("min", min, 0);
    const timeout = () => this.#notReady(min);
    return attended(this.#context, { ...options, timeout }, (wait) => {
      const enough = new Promise<ServiceView>((resolve, reject) => {
        const look = () => {
          const { current } = this;
          if (this.#closed) reject(this.#over());
          else if (current && this.#pool.size >= min) resolve(current);
        };
        wait.endOn(() => this.#listen(look));
      });
      return wait.race(enough);
    });
  }

  /** What is there now, and again after each change: newest only, the first one complete. Ends by `signal`, `close()` or the client's. */
  watch({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<ServiceView> {
    const shown: Latest<ServiceView> = new Latest({ signal, onEnd: () => this.#watchers.delete(shown) });
    if (this.#closed) shown.end();
    if (shown.ended) return shown;
    this.#watchers.add(shown);
    const { current } = this;
    if (current) shown.push(current);
    return shown;
  }

  /**
   * Whom to call next. Cheap, and never waits. Say how it ended by `done`, or use `call`, which does.
   *
   * @throws NoInstanceError whose `reason` says why there is nobody
   */
  pick({ key, exclude }: PickOptions = {}): Pick {
    if (this.#closed) throw this.#over();
    if (!this.#ready) throw this.#neverConnected();
    return new Picked(this.#context, this.#pool, this.#pool.pick(key, exclude));
  }

  /**
   * Picks an instance, calls it, and reports how it went. What `work` throws counts as a failure of the instance, and is thrown here unless another
   * attempt is left: repeat only what may be repeated.
   *
   * @param work gets the instance, and a signal that aborts with the caller's, or when `attemptMs` are over
   * @throws NoInstanceError when there was nobody for `waitMs`; TimeoutError for an attempt that took too long
   */
  call<T>(
    work: (instance: Instance, call: { readonly signal: AbortSignal }) => T | Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    return traced("discovery.call", { service: this.name }, () => calling(this.#context, this, work, options));
  }

  /** Lets go of the view. Idempotent. */
  async close(): Promise<void> {
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #show(seen: Sighting | undefined): void {
    if (!seen || this.#closed) return;
    const before = this.#sighting;
    this.#sighting = seen;
    const instances = seen.stale && before ? this.#instances : (this.#guard?.guarded(seen.instances) ?? seen.instances);
    const isSame = this.#ready && before?.stale === seen.stale && sameInstances(instances, this.#instances);
    if (isSame) return;
    if (!sameInstances(instances, this.#instances)) this.#pool.replace(instances);
    this.#instances = Object.freeze(instances);
    this.#ready = true;
    const { current } = this;
    for (const watcher of [...this.#watchers]) if (current) watcher.push(current);
    this.#tell();
  }

  /** Told at once, and whenever more may be called than before. The result ends that. */
  #listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    listener();
    this.#awaitReturn();
    return () => {
      this.#listeners.delete(listener);
      this.#awaitReturn();
    };
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
    this.#awaitReturn();
  }

  /** The end of an ejection is no change of the view: a timer tells of it, while there is somebody to be told. */
  #awaitReturn(): void {
    this.#returning?.cancel();
    this.#returning = undefined;
    const { nextReturnMs } = this.#pool;
    if (this.#closed || this.#listeners.size === 0 || nextReturnMs === Number.POSITIVE_INFINITY) return;
    const { runtime } = this.#context;
    this.#returning = runtime.timer(nextReturnMs - runtime.now(), () => this.#tell(), { keepAlive: false });
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#guard?.stop();
    this.#leave?.();
    for (const watcher of [...this.#watchers]) watcher.end();
    this.#tell();
  }

  #over(): ClosedError {
    return closedBy(
      this.#context,
      `This handle of the service ${JSON.stringify(this.name)} was closed. Open another one with discovery.service() to go on.`,
    );
  }

  #neverConnected(): NoInstanceError {
    const reason = "never-connected";
    return new NoInstanceError(reason, `No instance of ${JSON.stringify(this.name)} can be called: ${why[reason]}`, {
      operation: "service.pick",
      key: this.name,
      cause: this.#context.trouble(),
    });
  }

  #notReady(min: number): TimeoutError {
    const size = this.#ready ? this.#pool.size : 0;
    const reason = this.#ready ? this.#pool.reason : "never-connected";
    const cause = size === 0 ? ` ${why[reason]}` : "";
    return new TimeoutError(
      `${JSON.stringify(this.name)} was not ready in time: ${size} of ${min} instances can be called.${cause}`,
      { operation: "service.ready", key: this.name, cause: this.#context.trouble() },
    );
  }
}
