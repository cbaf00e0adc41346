import { isTransient, Latest, onAbort, type Runtime, retry } from "@coord/core/spi";
import type { Carriers } from "./carriers.ts";
import type { Period, Send } from "./connection.ts";

/** A part of the tree as one connection shows it, from the first look to the connection's end. */
export interface View<T> {
  /** What is there now, if that is news; always the first time. */
  look(): Promise<T | undefined>;
  leave(): void;
}

/** `changed` is to be called when another look may show something new. */
export type ViewMaker<T> = (send: Send, period: Period, changed: () => void) => View<T>;

type Shown<T> = T & { readonly stale: boolean };

/**
 * Keeps a part of the tree in sight: looks, waits until something may have changed, looks again; and anew on another connection
 * when one has gone, since what changed meanwhile was told to nobody. Until then the last state is shown as stale.
 */
export class Sight<T extends { readonly revision: bigint }> {
  readonly shown: Latest<Shown<T>>;
  readonly #runtime: Runtime;
  readonly #carriers: Carriers;
  readonly #view: ViewMaker<T>;
  readonly #over = new AbortController();
  #last: T | undefined;
  #stale = false;

  constructor(runtime: Runtime, carriers: Carriers, view: ViewMaker<T>, signal: AbortSignal | undefined) {
    this.#runtime = runtime;
    this.#carriers = carriers;
    this.#view = view;
    this.shown = new Latest({ signal, onEnd: () => this.#over.abort("over") });
    if (signal?.aborted) return;
    onAbort(
      this.#over.signal,
      carriers.closed.on(() => this.shown.end()),
    );
    if (!this.#ended) void this.#keepLooking();
  }

  get #ended(): boolean {
    return this.#over.signal.aborted;
  }

  async #keepLooking(): Promise<void> {
    const when = (error: unknown) => {
      if (this.#ended || !isTransient(error)) return false;
      this.#outOfSight();
      return true;
    };
    try {
      while (!this.#ended) {
        await retry(this.#runtime, () => this.#lookOnOneConnection(), { signal: this.#over.signal, when });
      }
    } catch (error) {
      if (!this.#ended) this.shown.fail(error);
    }
  }

  async #lookOnOneConnection(): Promise<void> {
    const connection = this.#carriers.current();
    const options = { verb: "watch", signal: this.#over.signal, lasting: true };
    await connection.call(options, (send, period) => this.#lookDuring(send, period));
    if (!connection.over.aborted) this.#outOfSight();
  }

  async #lookDuring(send: Send, period: Period): Promise<void> {
    const news = new News();
    const leaves = [period.over.on(() => news.come()), onAbort(this.#over.signal, () => news.come())];
    const view = this.#view(send, period, () => news.come());
    try {
      while (!this.#ended && !period.over.happened) {
        this.#show(await view.look());
        await news.wait();
      }
    } finally {
      for (const leave of leaves) leave();
      view.leave();
    }
  }

  #show(seen: T | undefined): void {
    if (!seen || seen.revision < (this.#last?.revision ?? -1n)) return;
    this.#last = seen;
    this.#stale = false;
    this.shown.push({ ...seen, stale: false });
  }

  #outOfSight(): void {
    if (this.#stale || !this.#last || this.#ended) return;
    this.#stale = true;
    this.shown.push({ ...this.#last, stale: true });
  }
}

/** Whether there is a reason to look again: news that came while nobody waited are not lost. */
class News {
  #come = false;
  #wake = () => {};

  come(): void {
    this.#come = true;
    this.#wake();
  }

  async wait(): Promise<void> {
    if (!this.#come) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#come = false;
  }
}
