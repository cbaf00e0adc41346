import { onAbort } from "./abort.ts";

interface Reader<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

const moment = Promise.resolve();

/**
 * An iterator that keeps only the newest value: a slow reader skips what was replaced meanwhile and never holds the
 * writer up. For one reader; calls of `next` that wait are answered in their order. `onEnd` runs once, when the reader leaves, `end` or `fail` is called, or the signal aborts,
 * which ends it without an error.
 */
export class Latest<T> implements AsyncIterableIterator<T> {
  /** Those whose readers are told in a moment, all together. */
  static #woken: Latest<unknown>[] = [];

  #pending: { readonly value: T } | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #readers: Reader<T>[] = [];
  readonly #onEnd: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #leaveSignal: () => void;

  constructor({ signal, onEnd = () => {} }: { signal?: AbortSignal | undefined; onEnd?: () => void } = {}) {
    this.#onEnd = onEnd;
    this.#signal = signal;
    if (signal?.aborted) this.#ended = true;
    this.#leaveSignal = signal?.aborted ? () => {} : onAbort(signal, () => this.end());
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(value: T): void {
    if (this.#ended) return;
    this.#pending = { value };
    this.#wake();
  }

  /** Ends for the reader after what is pending; by its signal, at once. */
  end(): void {
    this.#finish();
  }

  fail(error: unknown): void {
    if (!this.#ended) this.#failure = { error };
    this.#finish();
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#tell();
    });
  }

  async return(): Promise<IteratorResult<T>> {
    this.#pending = undefined;
    this.#finish();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#leaveSignal();
      this.#onEnd();
    }
    this.#wake();
  }

  /** Told in a moment: whatever comes or ends until then is part of it. */
  #wake(): void {
    if (this.#readers.length > 0 && Latest.#woken.push(this) === 1) void moment.then(Latest.#tellWoken);
  }

  static readonly #tellWoken = (): void => {
    const woken = Latest.#woken;
    Latest.#woken = [];
    for (const latest of woken) latest.#tell();
  };

  /** Gives those who wait what there is for them. */
  #tell(): void {
    while (this.#pending || this.#ended) {
      const reader = this.#readers.shift();
      if (!reader) return;
      this.#answer(reader);
    }
  }

  #answer(reader: Reader<T>): void {
    const cut = this.#signal?.aborted;
    const [pending, failure] = [this.#pending, this.#failure];
    this.#pending = undefined;
    if (pending && !cut) return reader.resolve({ done: false, value: pending.value });
    this.#failure = undefined;
    if (failure && !cut) reader.reject(failure.error);
    else reader.resolve({ done: true, value: undefined });
  }
}

/** `source` with each of its values mapped; ends, fails and is left together with it. */
export function mapped<T, U>(source: AsyncIterable<T>, map: (value: T) => U): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const values = source[Symbol.asyncIterator]();
      const mapResult = (result: IteratorResult<T>): IteratorResult<U> =>
        result.done ? { done: true, value: undefined } : { done: false, value: map(result.value) };
      return {
        next: () => values.next().then(mapResult),
        return: async () => mapResult((await values.return?.()) ?? { done: true, value: undefined }),
      };
    },
  };
}
