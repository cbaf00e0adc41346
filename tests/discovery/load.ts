import { eventually } from "../testbed/eventually.ts";

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

  /** Until it has answered so many; with what failed, if anything did. */
  untilAnswers(id: string, count = 50): Promise<unknown> {
    const check = () => {
      const first = this.failures[0];
      if (this.answersOf(id) < count)
        throw new Error(`${this.answersOf(id)} of ${this.calls} calls; failed: ${first ?? "none"}`);
    };
    return eventually(`${id} to answer ${count} times`, check, { within: 30_000 });
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
