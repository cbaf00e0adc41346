import { isTransient, type Runtime, retry } from "@coord/core/spi";
import type { Carriers } from "./carriers.ts";
import type { Period, Send } from "./connection.ts";
import { Occurrence } from "./occurrence.ts";

/** A part of the tree as one connection shows it, from the first look to the connection's end. */
export interface View<T> {
  /** What is there now, if that is news; always the first time. Nothing is asked if nothing was told since the last look. */
  look(): T | undefined | Promise<T | undefined>;
  leave(): void;
}

/** `changed` is to be called when another look may show something new. */
export type ViewMaker<T> = (send: Send, period: Period, changed: () => void) => View<T>;

/** `history`: how often the ensemble was found to be set back to an older state before. */
export type Shown<T> = T & { readonly stale: boolean; readonly history: number };

/** Whoever looks. */
export interface Audience<T> {
  /** @param upTo the last `confirm` that this answers: it shows all that was written before */
  show(what: Shown<T>, upTo: number): void;
  fail(error: unknown): void;
}

export interface SightOptions<T> {
  readonly runtime: Runtime;
  readonly carriers: Carriers;
  readonly view: ViewMaker<T>;
  /** Whether what is seen now can't follow on what was seen before. */
  readonly contradiction?: (before: T, now: T) => { readonly before: bigint; readonly now: bigint } | undefined;
}

/**
 * Keeps a part of the tree in sight: looks, waits until something may have changed, looks again; and anew on another connection
 * when one has gone, since what changed meanwhile was told to nobody. Until then the last state is shown as stale.
 */
export class Sight<T extends { readonly revision: bigint }> {
  readonly #options: SightOptions<T>;
  readonly #audience: Audience<T>;
  readonly #over = new Occurrence();
  #last: Shown<T> | undefined;
  #epoch: number;
  #asked = 0;
  #confirmed = 0;
  #wake = () => {};

  constructor(options: SightOptions<T>, audience: Audience<T>) {
    this.#options = options;
    this.#audience = audience;
    this.#epoch = options.carriers.lineage.epoch;
    void this.#keepLooking();
  }

  /** Looks again, for one who must see all that was written before the call. The result is the number by which the answer is known. */
  confirm(): number {
    this.#asked += 1;
    this.#wake();
    return this.#asked;
  }

  end(): void {
    this.#over.happen();
  }

  get #ended(): boolean {
    return this.#over.happened;
  }

  async #keepLooking(): Promise<void> {
    const when = (error: unknown) => {
      if (this.#ended || !isTransient(error)) return false;
      this.#outOfSight();
      return true;
    };
    const { runtime } = this.#options;
    try {
      while (!this.#ended) {
        await retry(
          runtime,
          () => this.#lookOnOneConnection(),
          () => ({ signal: this.#over.asSignal(), when }),
        );
      }
    } catch (error) {
      if (!this.#ended) this.#audience.fail(error);
    }
  }

  async #lookOnOneConnection(): Promise<void> {
    const connection = this.#options.carriers.current();
    const errand = { verb: "watch", lasting: true };
    const options = connection.period ? errand : { ...errand, signal: this.#over.asSignal() }; // there may never be one
    await connection.call(options, (send, period) => this.#lookDuring(send, period));
    if (!connection.over.aborted) this.#outOfSight();
  }

  async #lookDuring(send: Send, period: Period): Promise<void> {
    const news = new News();
    this.#wake = () => news.come();
    const leaves = [period.over.on(() => news.come()), this.#over.on(() => news.come())];
    const view = this.#options.view(send, period, () => news.come());
    let asked = this.#asked;
    try {
      this.#show(await view.look(), { upTo: asked, anew: true });
      while (true) {
        await news.wait();
        if (this.#ended || period.over.happened) return;
        asked = this.#asked;
        if (asked > this.#confirmed) await send.caughtUp(); // what was written before has been told when this is answered
        this.#show(await view.look(), { upTo: asked, anew: false });
      }
    } finally {
      for (const leave of leaves) leave();
      view.leave();
    }
  }

  #show(seen: T | undefined, { upTo, anew }: { readonly upTo: number; readonly anew: boolean }): void {
    if (seen && anew) this.#assertFollows(seen);
    const isNews = seen && (!this.#last || seen.revision >= this.#last.revision);
    if (!isNews && (seen || upTo <= this.#confirmed)) return; // it is behind, or there is nobody to be told
    if (isNews) this.#last = { ...seen, stale: false, history: this.#epoch };
    this.#confirmed = upTo;
    if (this.#last) this.#audience.show(this.#last, upTo);
  }

  /** In a history that began anew, what was seen before counts for nothing. */
  #assertFollows(seen: T): void {
    const { carriers, contradiction } = this.#options;
    const { lineage } = carriers;
    const known = this.#epoch === lineage.epoch ? this.#last : undefined;
    const broken = known && seen.revision >= known.revision ? contradiction?.(known, seen) : undefined;
    if (broken) lineage.restart(broken);
    if (this.#epoch !== lineage.epoch) this.#last = undefined;
    this.#epoch = lineage.epoch;
  }

  #outOfSight(): void {
    if (!this.#last || this.#last.stale || this.#ended) return;
    this.#last = { ...this.#last, stale: true };
    this.#audience.show(this.#last, this.#confirmed);
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
