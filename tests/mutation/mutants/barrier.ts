import type { Mutant } from "../mutant.ts";

/** Breaks of barriers. */
export const barrier: readonly Mutant[] = [
  {
    name: "a raised barrier lets pass",
    file: "barrier/src/barrier.ts",
    from: "if (!stale && entries.length === 0) return;",
    to: "if (!stale) return;",
  },
  {
    name: "a participant counts as often as it says so",
    file: "barrier/src/count-down-latch.ts",
    from: "if (arrived.includes(participant)) return undefined;",
    to: "",
  },
  {
    name: "a latch of another count is let pass",
    file: "barrier/src/count-down-latch.ts",
    from: "if (count !== this.count)",
    to: "if (count < 0)",
  },
  {
    name: "who gives up says nothing",
    file: "barrier/src/gathering.ts",
    from: "if (!place || !contender.session.alive) return undefined;",
    to: "if (place || contender) return undefined;",
  },
  {
    name: "who runs out of time doesn't hear the verdict",
    file: "barrier/src/gathering.ts",
    from: "        if (verdict) return verdict;\n        contender",
    to: "        contender",
  },
  {
    name: "who is cut off waits for a verdict that can't come",
    file: "barrier/src/gathering.ts",
    from: "await orLoss(contender.session, givingUp)",
    to: "await givingUp",
  },
  {
    name: "a cancelled party stays inside",
    file: "barrier/src/gathering.ts",
    from: "((timedOut && verdict) || ",
    to: "(verdict || ",
  },
  {
    name: "parties of any generation count",
    file: "barrier/src/gathering.ts",
    from: "ahead.filter(({ kind }) => kind === this.kindOf(generation))",
    to: "ahead.filter(() => generation >= 0)",
  },
  {
    name: "the next ones gather before the last has left",
    file: "barrier/src/gathering.ts",
    from: "if (!state.busy) return state.generation;",
    to: "if (state) return state.generation;",
  },
  {
    name: "nobody follows the first",
    file: "barrier/src/supervising.ts",
    from: 'if (now?.key !== first.key && options.onLoss === "break") {',
    to: 'if (now?.key !== first.key && options.onLoss !== "break") {',
  },
  {
    name: "the first watches nobody",
    file: "barrier/src/supervising.ts",
    from: 'if (options.onLoss === "break" && seen.some((id) => !ids.includes(id)))',
    to: "if (ids.length < 0)",
  },
  {
    name: "nobody takes the place of the first",
    file: "barrier/src/supervising.ts",
    from: "if (!now) return true;",
    to: "if (!now) return false;",
  },
  {
    name: "another number of parties is let pass",
    file: "barrier/src/state.ts",
    from: "if (state.parties !== parties)",
    to: "if (state.parties < 0)",
  },
  {
    name: "a verdict is passed on whatever generation there is",
    file: "barrier/src/shared-state.ts",
    from: "return state.generation === generation ? change(state) : undefined;",
    to: "return change(state);",
  },
  {
    name: "the first leaves without the others",
    file: "barrier/src/double-barrier.ts",
    from: "await wait.race(untilAlone(gathering, generation, signal));",
    to: "",
  },
  {
    name: "who leaves doesn't wait for the others",
    file: "barrier/src/double-barrier.ts",
    from: "await wait.race(untilAllLeft(gathering, generation, signal));",
    to: "",
  },
  {
    name: "nobody clears the way for the next ones",
    file: "barrier/src/leaving.ts",
    from: "if (!first) return void (await state.clear(generation + 1, { signal }));",
    to: "if (!first) return;",
  },
  {
    name: "another recipe's entry passes for an empty latch",
    file: "barrier/src/count-down-latch.ts",
    from: "if (!isStored(stored))",
    to: "if (!stored)",
  },
  {
    name: "a cyclic barrier joins a double one",
    file: "barrier/src/state.ts",
    from: "if (!isState(state) || state.stays !== stays)",
    to: "if (!isState(state))",
  },
  {
    name: "a verdict of strangers is trusted",
    file: "barrier/src/state.ts",
    from: "past.every(isVerdict)",
    to: "true",
  },
];
