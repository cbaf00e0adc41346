import { onAbort } from "./abort.ts";

/**
 * An iterator that keeps only the newest value: a slow reader skips what was replaced meanwhile and never holds the
 * writer up. For one reader. `onEnd` runs once, when the reader leaves, `end` or `fail` is called, or the signal aborts,
 * which ends it without an error.
 */
export class Latest<T> implements AsyncIterableIterator<T> {
  #pending: { readonly value: T } | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
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
    this.#wake?.();
  }

  /** Ends for the reader after what is pending; by its signal, at once. */
  end(): void {
    this.#finish();
  }

  fail(error: unknown): void {
    if (!this.#ended) this.#failure = { error };
    this.#finish();
  }

  async next(): Promise<IteratorResult<T>> {
    while (true) {
      if (this.#signal?.aborted) return { done: true, value: undefined };
      const pending = this.#pending;
      this.#pending = undefined;
      if (pending) return { done: false, value: pending.value };
      if (this.#failure) {
        const { error } = this.#failure;
        this.#failure = undefined;
        throw error;
      }
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
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
    this.#wake?.();
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
        next: async () => mapResult(await values.next()),
        return: async () => mapResult((await values.return?.()) ?? { done: true, value: undefined }),
      };
    },
  };
}
