import { BrokenBarrierError, type Coord, CoordError, type Entry, UnknownOutcomeError, UsageError } from "@coord/core";
import {
  attended,
  type Contender,
  closedError,
  contextOf,
  encodeOwner,
  type LineRules,
  newContender,
  type Place,
  type RecipeContext,
  toKey,
  toLetters,
  type Wait,
} from "@coord/core/recipe";
import { untilAllLeft } from "./leaving.ts";
import { SharedState } from "./shared-state.ts";
import type { BarrierState, Verdict } from "./state.ts";
import { supervise } from "./supervising.ts";

export interface GatheringOptions {
  readonly parties: number;
  readonly onLoss: "break" | "wait";
  /** Whether those who passed stay until all of them leave, and nobody gathers meanwhile. */
  readonly stays: boolean;
}

/** One party's way through a barrier. */
export interface Passage {
  readonly generation: number;
  /** In the order in which they came, from 0. */
  readonly index: number;
  readonly contender: Contender;
  readonly place: Place;
}

const kindPattern = /^party_[a-j]+$/;

/** The last segment of its key is what a party is known by. */
export const idOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

/** The parties of one generation that stand in line, in their order; what is kept there for good is none of them. */
export function membersIn(gathering: Gathering, generation: number, entries: readonly Entry[]): readonly Entry[] {
  const marked = new RegExp(`${gathering.kindOf(generation)}(?![a-j])`);
  return entries
    .filter(({ session, key }) => session !== undefined && marked.test(idOf(key)))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
}

/**
 * How parties come together. Each stands in a line, its generation in its kind; who sees that all are there writes the verdict into the state that
 * all go by, and so does who sees that one is missing: the first one to write it decides, for all of them.
 */
export class Gathering {
  readonly name: string;
  readonly line: string;
  readonly context: RecipeContext;
  readonly parties: number;
  readonly state: SharedState;
  readonly options: GatheringOptions;

  constructor(coord: Coord, name: string, options: GatheringOptions) {
    const { parties } = options;
    if (!Number.isSafeInteger(parties) || parties < 1)
      throw new UsageError(`\`parties\` must be a whole number from 1 on, got ${String(parties)}.`);
    this.name = name;
    this.line = toKey(name);
    this.context = contextOf(coord, this.line);
    this.parties = parties;
    this.options = options;
    this.state = new SharedState(this.context, name, this.line, options);
  }

  kindOf(generation: number): string {
    return `party_${toLetters(generation)}`;
  }

  /** Whether there was no room for it in this generation when it came. */
  isSpare(place: Place, generation: number): boolean {
    return this.#sameAs(place, generation).length >= this.parties;
  }

  /** Waits until all parties are there, of this generation or, for whom there was no room, of a later one. */
  async pass(wait: Wait, signal: AbortSignal | undefined): Promise<Passage> {
    while (true) {
      const generation = await this.#whatGathers(wait);
      const contender = await newContender(this.context, this.#rules(generation), wait);
      // close() waits for it, or else the session would be over before the others are told
      const verdict = await this.context.track(this.#attempt(contender, generation, wait, signal));
      const place = await contender.settled();
      const index = place ? (verdict?.members.indexOf(idOf(place.mine.key)) ?? -1) : -1;
      if (place && index >= 0) return { generation, index, contender, place };
      void contender.leave();
      const spare = place !== undefined && this.isSpare(place, generation);
      if (verdict && !verdict.passed && !spare) throw this.#broken(generation);
    }
  }

  /** The verdict on this generation. Whoever gives up says so before it leaves, and obeys if the verdict was faster. */
  async #attempt(
    contender: Contender,
    generation: number,
    wait: Wait,
    signal: AbortSignal | undefined,
  ): Promise<Verdict | undefined> {
    try {
      const place = await contender.stand(wait);
      return await this.#verdict(contender, place, generation, wait);
    } catch (error) {
      const mayHavePassed = !signal?.aborted && CoordError.is(error, "TIMEOUT", "LOCK_LOST");
      const givingUp = this.#giveUp(contender, generation);
      const obeying = mayHavePassed ? this.#hear(givingUp, contender, signal) : Promise.reject(error);
      void this.context.track(leaveUnlessPassed(contender, givingUp, obeying));
      const verdict = await obeying;
      if (verdict) return verdict;
      throw error;
    }
  }

  async #verdict(contender: Contender, place: Place, generation: number, wait: Wait): Promise<Verdict> {
    const others = this.#sameAs(place, generation);
    if (others.length + 1 === this.parties) {
      const members = [...others, place.mine].map(({ key }) => idOf(key));
      const state = await wait.race(this.state.trip(generation, members, { signal: wait.signal }));
      const verdict = verdictOn(generation, state);
      if (verdict) return verdict;
    }
    const decided = new AbortController();
    const lookAfter = async () => {
      if ((await supervise(this, place, generation, decided.signal)) !== "gone") return;
      const why = await contender.gone(place, wait).catch((error) => error);
      if (!decided.signal.aborted) wait.end(why); // nobody counts it: it would wait on in vain
    };
    void lookAfter();
    try {
      return await wait.race(this.#untilDecided(generation, wait.signal));
    } finally {
      decided.abort("decided");
    }
  }

  async #untilDecided(generation: number, signal: AbortSignal): Promise<Verdict> {
    for await (const state of this.state.follow(signal)) {
      const verdict = verdictOn(generation, state);
      if (verdict) return verdict;
    }
    throw closedError();
  }

  /** The verdict under which the party passes although it gives up; `undefined` if it doesn't. */
  async #giveUp(contender: Contender, generation: number): Promise<Verdict | undefined> {
    const place = await contender.settled();
    if (!place || !contender.session.alive) return undefined;
    const id = idOf(place.mine.key);
    const whileAlive = { when: () => contender.session.alive };
    const state =
      this.options.onLoss === "break" && !this.isSpare(place, generation)
        ? await this.state.breakUp(generation, whileAlive)
        : await this.state.withdraw(generation, id, whileAlive);
    const verdict = verdictOn(generation, state);
    return verdict?.members.includes(id) ? verdict : undefined;
  }

  /**
   * What came of giving up in time. A store that answers nothing to it is waited for as long as a session lasts that isn't renewed, and no
   * longer: then nobody can tell whether the others pass.
   */
  #hear(
    givingUp: Promise<Verdict | undefined>,
    { session }: Contender,
    signal: AbortSignal | undefined,
  ): Promise<Verdict | undefined> {
    return attended(this.context, { signal, waitMs: session.ttlMs, timeout: () => this.#unheard() }, (wait) => {
      wait.endOn((end) => session.onLost(end)); // whoever lost its session can't know the verdict, which is not that its time ran out
      return wait.race(givingUp);
    });
  }

  /** The generation that gathers now, when those who passed before have left. */
  async #whatGathers(wait: Wait): Promise<number> {
    while (true) {
      const state = await wait.race(this.state.current({ signal: wait.signal }));
      if (!state.busy) return state.generation;
      await wait.race(untilAllLeft(this, state.generation - 1, wait.signal));
      wait.throwIfOver();
    }
  }

  #sameAs({ ahead }: Place, generation: number) {
    return ahead.filter(({ kind }) => kind === this.kindOf(generation));
  }

  #rules(generation: number): LineRules {
    const { owner, runtime } = this.context;
    return {
      line: this.line,
      kind: this.kindOf(generation),
      belongs: (kind) => kindPattern.test(kind),
      blockers: () => [],
      value: () => encodeOwner(owner, runtime.wallClock()),
    };
  }

  #unheard(): UnknownOutcomeError {
    return new UnknownOutcomeError(
      `The barrier ${JSON.stringify(this.name)}: this party gave up, and the store could not be told for as long as a session lasts. Whether the others pass is not known; this party leaves as soon as the store can be told. Check the store, and come again.`,
      { operation: "barrier.wait", key: this.name, cause: this.context.trouble() },
    );
  }

  #broken(generation: number): BrokenBarrierError {
    return new BrokenBarrierError(
      `The barrier ${JSON.stringify(this.name)} is broken in generation ${generation}: a party died, gave up or ran out of time before all ${this.parties} were there. Nobody passed; come again together.`,
      generation,
      { operation: "barrier.wait", key: this.name },
    );
  }
}

/** Who gave up leaves when the others know, unless it was told in time that it passed. */
async function leaveUnlessPassed(
  contender: Contender,
  givingUp: Promise<unknown>,
  obeying: Promise<Verdict | undefined>,
): Promise<void> {
  const [, obeyed] = await Promise.allSettled([givingUp, obeying]);
  if (obeyed.status === "rejected" || !obeyed.value) await contender.leave();
}

function verdictOn(generation: number, state: BarrierState): Verdict | undefined {
  if (state.generation <= generation) return undefined;
  const verdict = state.past.find((past) => past.generation === generation);
  if (verdict) return verdict;
  throw new UnknownOutcomeError(
    `Generation ${generation} of the barrier is so long over that its verdict is not kept any more; this process was out of sight too long.`,
    { operation: "barrier.wait" },
  );
}
