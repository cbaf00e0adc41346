interface Joined<T, R> {
  readonly work: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export type Outcome<R> = { readonly result: R } | { readonly error: unknown };

/** Tells whoever waits for a piece of work what came of it, at once. */
export type Settle<T, R> = (work: T, outcome: Outcome<R>) => void;

/** As many share a round. */
const mostMembers = 64;

/**
 * Work of which two at once would only be in each other's way. What comes while a round is under way is the next one, all of it
 * together; what comes alone waits for nothing.
 */
export class Rounds<T, R> {
  /** Those who wait for the round that is under way. */
  readonly #waiting = new Map<string, Joined<T, R>[]>();
  readonly #run: (works: readonly T[], settle: Settle<T, R>) => Promise<void>;

  /** @param run settles each; those that it hasn't when it fails have failed with it */
  constructor(run: (works: readonly T[], settle: Settle<T, R>) => Promise<void>) {
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
    const waiting = new Map(members.map((member) => [member.work, member]));
    const settle: Settle<T, R> = (work, outcome) => {
      if ("result" in outcome) waiting.get(work)?.resolve(outcome.result);
      else waiting.get(work)?.reject(outcome.error);
    };
    try {
      await this.#run([...waiting.keys()], settle);
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }
}
