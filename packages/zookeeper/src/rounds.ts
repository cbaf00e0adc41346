interface Joined<T, R> {
  readonly work: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export type Outcome<R> = { readonly result: R } | { readonly error: unknown };

/** As many share a round. */
const mostMembers = 64;

/**
 * Work of which two at once would only be in each other's way. What comes while a round is under way is the next one, all of it
 * together; what comes alone waits for nothing.
 */
export class Rounds<T, R> {
  /** Those who wait for the round that is under way. */
  readonly #waiting = new Map<string, Joined<T, R>[]>();
  readonly #run: (works: readonly T[]) => Promise<readonly Outcome<R>[]>;

  /** @param run gives the outcome of each, in their order */
  constructor(run: (works: readonly T[]) => Promise<readonly Outcome<R>[]>) {
    this.#run = run;
  }

  /** @param about what others are in the way of */
  join(about: string, work: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const joined = { work, resolve, reject };
      const waiting = this.#waiting.get(about);
      if (waiting) {
        waiting.push(joined);
        return;
      }
      this.#waiting.set(about, [joined]);
      void this.#roundAfterRound(about);
    });
  }

  async #roundAfterRound(about: string): Promise<void> {
    const waiting = this.#waiting.get(about) ?? [];
    while (waiting.length > 0) await this.#round(waiting.splice(0, mostMembers));
    this.#waiting.delete(about);
  }

  async #round(members: readonly Joined<T, R>[]): Promise<void> {
    try {
      const outcomes = await this.#run(members.map(({ work }) => work));
      for (const [index, { resolve, reject }] of members.entries()) {
        const outcome = outcomes[index];
        if (outcome && "result" in outcome) resolve(outcome.result);
        else reject(outcome?.error);
      }
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }
}
