/** Calls made by several workers one after the other, until it is stopped, and what became of them. */
export class Load {
  readonly failures: string[] = [];
  /** By the id of who answered. */
  readonly answered = new Map<string, number>();
  calls = 0;
  #stopped = false;
  readonly #workers: readonly Promise<void>[];

  /** @param call says who answered */
  constructor(workers: number, call: () => Promise<string>) {
    this.#workers = Array.from({ length: workers }, () => this.#work(call));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  answersOf(id: string): number {
    return this.answered.get(id) ?? 0;
  }

  async #work(call: () => Promise<string>): Promise<void> {
    while (!this.#stopped) {
      this.calls += 1;
      try {
        const id = await call();
        this.answered.set(id, this.answersOf(id) + 1);
      } catch (error) {
        const { message, cause } = error as Error;
        this.failures.push(
          `${message} ${cause instanceof Error ? `${cause.message} ${"code" in cause ? cause.code : ""}` : ""}`,
        );
      }
    }
  }
}
