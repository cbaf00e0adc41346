import type { Entry } from "@coord/core";
import { joinKey, type RecipeContext, type ReviseOptions, revise } from "@coord/core/recipe";
import {
  type Agreed,
  advanced,
  type BarrierState,
  decodeState,
  encodeState,
  initialState,
  withdrawn,
} from "./state.ts";

/** The entry that all parties of one barrier go by, and the few ways in which it changes. */
export class SharedState {
  readonly #context: RecipeContext;
  readonly #name: string;
  readonly #key: string;
  readonly #agreed: Agreed;

  constructor(context: RecipeContext, name: string, line: string, agreed: Agreed) {
    this.#context = context;
    this.#name = name;
    this.#key = joinKey(line, "state");
    this.#agreed = agreed;
  }

  /** As it is now; written if there is none. */
  current(options?: ReviseOptions): Promise<BarrierState> {
    return this.#revised((now) => (now ? undefined : initialState(this.#agreed)), options);
  }

  /** All are there: this generation has passed, unless it is over or one of them has withdrawn. */
  trip(generation: number, members: readonly string[], options?: ReviseOptions): Promise<BarrierState> {
    return this.#inGeneration(generation, options, (state) =>
      members.some((member) => state.withdrawn.includes(member))
        ? undefined
        : advanced(state, { passed: true, members }, state.stays),
    );
  }

  /** Nobody of this generation passes, unless it is over. */
  breakUp(generation: number, options?: ReviseOptions): Promise<BarrierState> {
    return this.#inGeneration(generation, options, (state) => advanced(state, { passed: false, members: [] }, false));
  }

  /** This member is not to be counted any more, unless the generation is over. */
  withdraw(generation: number, member: string, options?: ReviseOptions): Promise<BarrierState> {
    return this.#inGeneration(generation, options, (state) =>
      state.withdrawn.includes(member) ? undefined : withdrawn(state, member),
    );
  }

  /** All who passed in the generation before this one have left: it may gather. */
  clear(generation: number, options?: ReviseOptions): Promise<BarrierState> {
    return this.#inGeneration(generation, options, (state) => (state.busy ? { ...state, busy: false } : undefined));
  }

  /** What it is and becomes, newest only. */
  async *follow(signal: AbortSignal): AsyncGenerator<BarrierState> {
    for await (const { entries, stale } of this.#context.store.watch({ key: this.#key }, { signal })) {
      if (!stale && entries[0]) yield this.#decode(entries[0]);
    }
  }

  #inGeneration(
    generation: number,
    options: ReviseOptions | undefined,
    change: (state: BarrierState) => BarrierState | undefined,
  ): Promise<BarrierState> {
    return this.#revised((now) => {
      const state = this.#decode(now);
      return state.generation === generation ? change(state) : undefined;
    }, options);
  }

  async #revised(
    change: (now: Entry | undefined) => BarrierState | undefined,
    options?: ReviseOptions,
  ): Promise<BarrierState> {
    const entry = await revise(
      this.#context,
      this.#key,
      (now) => {
        const state = change(now);
        return state && encodeState(state);
      },
      options,
    );
    return this.#decode(entry);
  }

  #decode(entry: Entry | undefined): BarrierState {
    return decodeState(entry, this.#name, this.#agreed);
  }
}
