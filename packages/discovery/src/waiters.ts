interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for something that happens again and again: each is told of the next time. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  next(): Promise<void> {
    const told = new Promise<void>((resolve, reject) => {
      this.#waiting.add({ resolve, reject });
    });
    told.catch(() => {}); // whose wait has ended is not told
    return told;
  }

  resolve(): void {
    this.#tell(({ resolve }) => resolve());
  }

  reject(error: unknown): void {
    this.#tell(({ reject }) => reject(error));
  }

  #tell(tell: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiting) tell(waiter);
    this.#waiting.clear();
  }
}
