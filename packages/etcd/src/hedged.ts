import { onAbort, type Runtime, type Timer } from "@coord/core/spi";
import { Silence } from "./failure.ts";

/** Attempts of which one answer is enough. A signal for each call would cost more than the call. */
export class Race {
  readonly #ends = new Set<(reason: unknown) => void>();
  #over = false;

  get over(): boolean {
    return this.#over;
  }

  throwIfOver(): void {
    if (this.#over) throw lost;
  }

  /** @param end ends the attempt, when the race is over. The result leaves it. */
  join(end: (reason: unknown) => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  end(): void {
    this.#over = true;
    for (const end of [...this.#ends]) end(lost);
  }
}

const lost = new Error("another one was first");

export interface Hedge<M, T> {
  /** Whom to ask, in this order. */
  readonly among: readonly M[];
  /** How long nobody must have answered before the next one is asked, too. */
  readonly afterMs: number;
  /** How long to wait in all. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
  /** To be ended with the race. */
  readonly ask: (whom: M, race: Race) => Promise<T>;
  /** Told of one who failed instead of being silent: whether another one may do better. */
  readonly failed: (whom: M, error: unknown) => boolean;
}

export interface FirstAnswer<M, T> {
  readonly answer: T;
  readonly by: M;
  /** When the one who answered was asked. */
  readonly askedMs: number;
  /** Who had been asked as well and had not answered, and since when. */
  readonly silent: ReadonlyMap<M, number>;
}

/**
 * The first answer of several. When those who were asked have been silent for a while the next one is asked, at once when
 * the last one fails; the others go on, so that slow answers are answers. Losers are ended. (Hedged requests: Dean and
 * Barroso, "The Tail at Scale", 2013.) Rejects with `Silence`, the last failure, or
 * the signal's own reason.
 */
export function hedged<M, T>(runtime: Runtime, hedge: Hedge<M, T>): Promise<FirstAnswer<M, T>> {
  const { among, afterMs, withinMs, signal, ask, failed } = hedge;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const race = new Race();
    const silent = new Map<M, number>();
    const untilMs = runtime.now() + withinMs;
    let asked = 0;
    let underWay = 0; // one may be asked twice
    let timer: Timer | undefined;
    const end = (settle: () => void) => {
      timer?.cancel();
      leaveSignal();
      settle();
      race.end();
    };
    const wait = (nowMs: number) => {
      const leftMs = untilMs - nowMs;
      timer?.cancel();
      timer =
        asked < among.length && afterMs < leftMs
          ? runtime.timer(afterMs, askNext)
          : runtime.timer(leftMs, () => end(() => reject(new Silence(withinMs))));
    };
    const askNext = () => {
      const whom = among[asked];
      if (whom === undefined || race.over) return;
      asked += 1;
      const askedMs = runtime.now();
      underWay += 1;
      if (!silent.has(whom)) silent.set(whom, askedMs);
      wait(askedMs);
      ask(whom, race).then(
        (answer) => {
          silent.delete(whom);
          end(() => resolve({ answer, by: whom, askedMs, silent }));
        },
        (error) => {
          if (race.over) return;
          underWay -= 1;
          silent.delete(whom);
          if (!failed(whom, error)) end(() => reject(error));
          else if (asked < among.length) askNext();
          else if (underWay === 0) end(() => reject(error));
        },
      );
    };
    const leaveSignal = onAbort(signal, (reason) => end(() => reject(reason)));
    askNext();
  });
}
