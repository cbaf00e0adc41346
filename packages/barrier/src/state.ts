import { type Entry, LimitMismatchError, TypeConflictError } from "@coord/core";
import { type Bytes, decodeJson, encodeJson } from "@coord/core/recipe";

/** How a generation ended: the same for all who belong to it. */
export interface Verdict {
  readonly generation: number;
  readonly passed: boolean;
  /** The last segments of the keys of those who passed, in the order in which they came. */
  readonly members: readonly string[];
}

/** What all parties of a barrier go by: one entry, changed by compare-and-set alone. */
export interface BarrierState {
  readonly parties: number;
  /** Of a double barrier, whose parties stay until all leave. */
  readonly stays: boolean;
  /** The generation that gathers now, or next. */
  readonly generation: number;
  /** Those who passed last have not left yet, and nobody gathers meanwhile. */
  readonly busy: boolean;
  /** Who has given up waiting in this generation, and is not to be counted. */
  readonly withdrawn: readonly string[];
  /** The latest verdicts, newest first. */
  readonly past: readonly Verdict[];
}

/** How many verdicts are kept for those who were out of sight when they were passed. */
const kept = 4;
const keptWithdrawn = 256;

/** What all who use the name must agree on. */
export type Agreed = Pick<BarrierState, "parties" | "stays">;

export const initialState = ({ parties, stays }: Agreed): BarrierState => ({
  parties,
  stays,
  generation: 0,
  busy: false,
  withdrawn: [],
  past: [],
});

/** The next generation, with the verdict on this one. */
export function advanced(state: BarrierState, verdict: Omit<Verdict, "generation">, busy: boolean): BarrierState {
  const past = [{ generation: state.generation, ...verdict }, ...state.past].slice(0, kept);
  return { ...state, generation: state.generation + 1, busy, withdrawn: [], past };
}

export function withdrawn(state: BarrierState, member: string): BarrierState {
  return { ...state, withdrawn: [...state.withdrawn, member].slice(-keptWithdrawn) };
}

export const encodeState = (state: BarrierState): Bytes => encodeJson(state);

export function decodeState(entry: Entry | undefined, name: string, agreed: Agreed): BarrierState {
  const state = entry ? decodeJson(entry.value) : initialState(agreed);
  const { parties, stays } = agreed;
  if (!isState(state) || state.stays !== stays)
    throw new TypeConflictError(
      `${JSON.stringify(name)} holds something that is no state of a ${stays ? "double" : "cyclic"} barrier: the name is in use as something else. Choose another one.`,
      { operation: "barrier", key: name },
    );
  if (state.parties !== parties)
    throw new LimitMismatchError(
      `The barrier ${JSON.stringify(name)} is for ${state.parties} parties in the store, but \`parties\` is ${parties} here. Give the same everywhere.`,
      { expected: parties, actual: state.parties },
      { operation: "barrier", key: name },
    );
  return state;
}

export function isState(found: unknown): found is BarrierState {
  const { parties, stays, generation, withdrawn, past } = (found ?? {}) as Partial<BarrierState>;
  return (
    Number.isSafeInteger(parties) &&
    typeof stays === "boolean" &&
    Number.isSafeInteger(generation) &&
    Array.isArray(withdrawn) &&
    Array.isArray(past) &&
    past.every(isVerdict)
  );
}

function isVerdict(found: unknown): found is Verdict {
  const { generation, passed, members } = (found ?? {}) as Partial<Verdict>;
  return Number.isSafeInteger(generation) && typeof passed === "boolean" && Array.isArray(members);
}
