import { onAbort } from "./abort.ts";
import { Events } from "./events.ts";
import type { Grant } from "./grant.ts";
import type { RecipeContext } from "./recipe-context.ts";
import type { Bytes, Guard } from "./store.ts";

export interface HoldEvents {
  /** The store is out of reach; the hold still stands, until `signal` aborts or the connection is back. */
  suspended(): void;
  /** The connection is back in time. */
  resumed(): void;
  lost(loss: unknown): void;
}

type HoldEventMap = Events<{ [Name in keyof HoldEvents]: HoldEvents[Name] }>;

/**
 * Something held: a lock, a permit, a leadership. While this process runs, `signal` aborts before the store can give it to
 * somebody else. A process that was stopped or blocked finds out by `check()`, and what it sends nevertheless is refused
 * only where `fencingToken` is checked.
 */
export class Hold implements AsyncDisposable {
  readonly name: string;
  /** Rises with every grant of this name, for ever. Let whatever the hold protects refuse a lower one than it has seen. */
  readonly fencingToken: bigint;
  /** For `coord.store.commit({ guards: [hold.guard], … })`: the writes happen only while the store still counts this hold. */
  readonly guard: Guard;
  readonly #grant: Grant;
  #releasing: Promise<"released" | "lost"> | undefined;
  #events: HoldEventMap | undefined;

  constructor(grant: Grant) {
    this.#grant = grant;
    this.name = grant.name;
    this.fencingToken = grant.entry.order;
    this.guard = { exists: grant.entry.key };
    grant.share();
  }

  /** Aborts when the hold is lost, with the loss as its reason; not by `release()`. */
  get signal(): AbortSignal {
    return this.#grant.signal;
  }

  /** Milliseconds until the hold is lost if the store stays silent from now on; 0 once it is over. */
  get remainingMs(): number {
    return this.#releasing ? 0 : this.#grant.remainingMs;
  }

  /** Whether it has been lost, by our own clock, now. */
  get lost(): boolean {
    return this.loss !== undefined;
  }

  /** The loss, if it has been lost by now. */
  get loss(): Error | undefined {
    return this.#grant.lossNow;
  }

  /** Throws once the hold is lost or released. Looks at the clock first; no I/O, no timer. Cheap: call it often. */
  readonly check = (): void => {
    const loss = this.#grant.lossNow;
    if (loss) throw loss;
    if (this.#releasing) throw this.#grant.lossAs("closed");
  };

  /**
   * Gives it back: removes this hold's entry and no other, however late it comes. Idempotent; never rejects.
   * `lost`: it was lost before the store could confirm, or the store refuses to remove it, which is tried on and on until the session ends.
   */
  readonly release = (): Promise<"released" | "lost"> => {
    this.#releasing ??= this.#grant.giveBack();
    return this.#releasing;
  };

  on<Name extends keyof HoldEvents>(name: Name, listener: HoldEvents[Name]): this {
    this.#events ??= this.#forwardEvents();
    this.#events.on(name, listener);
    this.#tellNow(name, listener);
    return this;
  }

  off<Name extends keyof HoldEvents>(name: Name, listener: HoldEvents[Name]): this {
    this.#events?.off(name, listener);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Whether it can't be relied on any more: lost, or released. */
  get over(): boolean {
    return this.#releasing !== undefined || this.#grant.over;
  }

  /** For recipe authors: whether the client of this context made it. */
  belongsTo(context: RecipeContext): boolean {
    return this.#grant.context === context;
  }

  /** For recipe authors: what stands for it now, where it was turned into something else. */
  get successor(): Hold {
    return this;
  }

  /** For recipe authors: a second hold of the same grant, which is given back when both are released. */
  nest(): Hold {
    this.check();
    return new Hold(this.#grant);
  }

  /** For recipe authors: replaces what the entry shows to others. It is done when this resolves; it rejects with the loss. */
  rewrite(value: Bytes): Promise<void> {
    this.check();
    return this.#grant.rewrite(value);
  }

  /** Whoever begins to listen is told what is so already, as soon as the current code has run. */
  #tellNow<Name extends keyof HoldEvents>(name: Name, listener: HoldEvents[Name]): void {
    const { context, signal, lossNow } = this.#grant;
    const events = this.#events;
    const suspended = !this.#grant.over && context.state() === "suspended";
    const isSo = (name === "lost" && lossNow) || (name === "suspended" && suspended);
    const told = (name === "lost" ? [signal.reason] : []) as Parameters<HoldEvents[Name]>;
    if (isSo) queueMicrotask(() => events?.tell(name, listener, ...told));
  }

  #forwardEvents(): HoldEventMap {
    const { context, signal } = this.#grant;
    const events: HoldEventMap = new Events(context.logger);
    let suspended = context.state() === "suspended";
    const leave = context.onState((now) => {
      if (now === "suspended") events.emit("suspended");
      if (now === "connected" && suspended) events.emit("resumed");
      suspended = now === "suspended";
    });
    this.#grant.onOver(leave);
    onAbort(signal, (loss) => events.emit("lost", loss));
    return events;
  }
}
