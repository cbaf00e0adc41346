/** Something that happens once, or never, and is told to whoever listens: an AbortSignal takes ever longer the more listen. */
export class Occurrence {
  readonly #listeners = new Set<() => void>();
  #happened = false;
  #signal: AbortSignal | undefined;

  get happened(): boolean {
    return this.#happened;
  }

  /** At once if it has happened. The result takes the listener away. */
  on(listener: () => void): () => void {
    if (this.#happened) {
      listener();
      return () => {};
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For whoever needs one: it aborts when it happens. */
  asSignal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  happen(): void {
    if (this.#happened) return;
    this.#happened = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  #makeSignal(): AbortSignal {
    const controller = new AbortController();
    this.on(() => controller.abort());
    return controller.signal;
  }
}
