import { type Coord, type Entry, TimeoutError, UsageError } from "@coord/core";
import {
  attended,
  encodeOwner,
  fromLetters,
  type Grant,
  Hold,
  type Line,
  type Rival,
  toLetters,
  type WaitOptions,
} from "@coord/core/recipe";
import { type Contestant, contestant, entriesInLine, type LineState } from "./contestants.ts";
import { Lock } from "./lock.ts";
import { StoredLimit } from "./stored-limit.ts";
import { wording } from "./wording.ts";

export interface SemaphoreOptions {
  /** How many permits there are, the same for all who use the name; without it, as many as are stored with the name. */
  readonly permits?: number | undefined;
}

export interface PermitOptions {
  /** How many permits to take at once. Default 1. */
  readonly weight?: number | undefined;
}

export interface PermitContestant extends Contestant {
  readonly weight: number;
}

export interface SemaphoreState extends LineState {
  /** `null`: none is stored yet. */
  readonly limit: number | null;
  readonly holders: readonly PermitContestant[];
  /** In the order in which they will be let in. */
  readonly waiters: readonly PermitContestant[];
}

/** Permits that are held: given back together. */
export class PermitHold extends Hold {
  readonly weight: number;
  readonly #grant: Grant;

  constructor(grant: Grant, weight: number) {
    super(grant);
    this.weight = weight;
    this.#grant = grant;
  }

  override nest(): PermitHold {
    this.check();
    return new PermitHold(this.#grant, this.weight);
  }
}

/**
 * A number of permits, of which each holder takes one or several. First come, first served: who asks for more than is free is not
 * overtaken by those behind who ask for less. The limit is stored with the name and can be changed while it is in use.
 * (Dijkstra, "The structure of the 'THE'-multiprogramming system", 1968; the queue is that of Curator's InterProcessSemaphoreV2.)
 */
export class Semaphore extends Lock<PermitHold, PermitOptions> {
  override readonly exclusive = false;
  readonly #limit: StoredLimit;

  /** @throws UsageError when `name` can't be a name on every store, or `permits` is no whole number from 1 on. */
  constructor(coord: Coord, name: string, { permits }: SemaphoreOptions = {}) {
    super(coord, name);
    this.#limit = new StoredLimit(this.context, name, this.key, permits);
  }

  /** Raises the limit, which lets in who waits, or lowers it, which takes nothing away: holders finish, and nobody is let in until there is room. */
  setLimit(limit: number, { signal, waitMs }: WaitOptions = {}): Promise<void> {
    const timeout = () =>
      new TimeoutError(
        `The limit of ${JSON.stringify(this.name)} was not confirmed within ${waitMs} ms; it may have been set.`,
        { operation: "semaphore.setLimit", key: this.name, cause: this.context.trouble() },
      );
    return attended(this.context, { signal, waitMs, timeout }, (wait) =>
      wait.race(this.#limit.set(limit, wait.signal)),
    );
  }

  /** The limit, who holds permits and who waits for some, without taking part. */
  async inspect(): Promise<SemaphoreState> {
    const [limit, { entries, foreign }] = await Promise.all([this.#limit.peek(), entriesInLine(this)]);
    const shown = entries.map((entry) => ({ ...contestant(entry), weight: weightIn(kindIn(entry)) }));
    const room = limit ?? 0;
    let taken = 0;
    const firstWaiter = shown.findIndex(({ weight }) => {
      taken += weight;
      return taken > room;
    });
    const inside = firstWaiter < 0 ? shown.length : firstWaiter;
    return { limit, holders: shown.slice(0, inside), waiters: shown.slice(inside), foreign };
  }

  protected override lineFor({ weight = 1 }: PermitOptions, held: readonly Hold[]): Line<PermitHold> {
    assertWeight(weight);
    const { owner, runtime } = this.context;
    return {
      ...wording(this.name, "semaphore"),
      line: this.key,
      kind: kindOf(weight),
      belongs: (other) => kindPattern.test(other),
      prepare: (wait) => wait.race(this.#limit.agree()),
      blockers: (ahead) => inTheWay(ahead, weight, this.#limit.known),
      admits: (ahead) => this.#admits(ahead, weight, held),
      onChange: (changed) => this.#limit.onChange(changed),
      value: () => encodeOwner(owner, runtime.wallClock(), { weight }),
      hold: (grant) => new PermitHold(grant, weight),
    };
  }

  /** Several permits may be had one inside the other, as far as there are some: only the limit as it is can tell. */
  protected override refuseSelf(): void {}

  protected override nested(parent: Hold, { weight }: PermitOptions): PermitHold {
    const hold = super.nested(parent, {});
    if (weight === undefined || weight === hold.weight) return hold;
    void hold.release();
    throw new UsageError(
      `\`weight\` is ${weight}, but what is nested shares the ${hold.weight} permits of the hold given as \`within\`: leave it out.`,
      { operation: "semaphore.acquire", key: this.name },
    );
  }

  /** What one holds oneself will not come free while one waits. */
  #refuseHolder(held: readonly Hold[], weight: number, limit: number): void {
    const weights = new Map<bigint, number>(); // of what is nested only once
    for (const hold of held)
      if (!hold.over) weights.set(hold.fencingToken, hold instanceof PermitHold ? hold.weight : 1);
    const own = [...weights.values()].reduce((sum, each) => sum + each, 0);
    if (own > 0 && own + weight > limit)
      throw this.deadlock(`has ${limit} permits, and this very flow of control holds ${own} of them.`);
  }

  /** Whoever is alone takes one of any number of permits; else the limit is read anew, for it may have been lowered. */
  async #admits(ahead: readonly Rival[], weight: number, held: readonly Hold[]): Promise<boolean> {
    if (ahead.length === 0 && weight === 1) return true;
    const limit = await this.#limit.read();
    this.#refuseHolder(held, weight, limit);
    if (weight <= limit) return inTheWay(ahead, weight, limit).length === 0;
    throw new UsageError(
      `\`weight\` is ${weight}, but the semaphore ${JSON.stringify(this.name)} has ${limit} permits in all.`,
      { operation: "semaphore.acquire", key: this.name },
    );
  }
}

/**
 * The last ones ahead that are enough to leave no room: while they all stay, there is none. If holders leave in the order in which they came,
 * one leaving wakes one waiter.
 */
function inTheWay(ahead: readonly Rival[], weight: number, limit: number): readonly Rival[] {
  let taken = weight;
  for (let first = ahead.length - 1; first >= 0; first -= 1) {
    taken += weightIn(ahead[first]?.kind);
    if (taken > limit) return ahead.slice(first);
  }
  return [];
}

const kindPattern = /^permit_([a-j]{1,9})$/;
const kindOf = (weight: number) => `permit_${toLetters(weight)}`;

/** Whoever doesn't say how much it takes, takes one. */
function weightIn(kind: string | undefined): number {
  const [, letters] = kindPattern.exec(kind ?? "") ?? [];
  return letters ? fromLetters(letters) : 1;
}

const kindIn = ({ key }: Entry) => /permit_[a-j]+/.exec(key.slice(key.lastIndexOf("/")))?.[0];

function assertWeight(weight: number): void {
  if (Number.isSafeInteger(weight) && weight >= 1 && weight <= 999_999_999) return;
  throw new UsageError(`\`weight\` must be a whole number from 1 on, got ${String(weight)}.`);
}
