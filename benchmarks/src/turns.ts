import type { Series } from "./series.ts";

/** What one turn of one contestant gave, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

export type Contestants = Readonly<Record<string, () => Promise<Figures>>>;

export interface Rounds {
  readonly rounds: number;
  /** Rounds before those that count: the just-in-time compiler and the connections come to speed. */
  readonly warmUps: number;
  /** On a machine that is busy with something else there are fewer rounds: no further one is begun after that, except for the third. */
  readonly withinMs: number;
}

/** The figures of all rounds. */
export class Results {
  readonly #turns = new Map<string, Figures[]>();

  add(who: string, figures: Figures): void {
    this.#turns.set(who, [...(this.#turns.get(who) ?? []), figures]);
  }

  of(who: string, figure: string): Series {
    return (this.#turns.get(who) ?? []).map((figures) => {
      const value = figures[figure];
      if (value === undefined) throw new Error(`${who} has no figure "${figure}"`);
      return value;
    });
  }
}

const leastRounds = 3;

/** The contestants take turns, each round begun by another one, so that none has the quiet moments of the machine to itself. */
export async function takeTurns(contestants: Contestants, { rounds, warmUps, withinMs }: Rounds): Promise<Results> {
  const results = new Results();
  const untilMs = performance.now() + withinMs;
  const all = Object.entries(contestants);
  for (let round = -warmUps; round < rounds; round += 1) {
    if (round >= leastRounds && performance.now() > untilMs) break;
    const first = (round + warmUps) % all.length;
    for (const [who, turn] of [...all.slice(first), ...all.slice(0, first)]) {
      const figures = await turn();
      if (round >= 0) results.add(who, figures);
    }
  }
  return results;
}
