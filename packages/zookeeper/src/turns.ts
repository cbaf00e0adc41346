/** Work that would only be in its own way goes one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(of: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(of);
    const current = before === undefined ? work() : before.then(work);
    const settled = current
      .catch(() => {})
      .then(() => {
        if (this.#last.get(of) === settled) this.#last.delete(of);
      });
    this.#last.set(of, settled);
    return current;
  }
}
