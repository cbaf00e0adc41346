import type { Mutant } from "../mutant.ts";

/** Breaks of what recipes share to change an entry, and of elections. */
export const election: readonly Mutant[] = [
  {
    name: "a conflict is not tried again",
    file: "core/src/revise.ts",
    from: '(isTransient(error) || CoordError.is(error, "CONFLICT")) && when()',
    to: "isTransient(error) && when() && CoordError.is(error)",
  },
  {
    name: "a change whose answer was lost is not read again",
    file: "core/src/revise.ts",
    from: '(isTransient(error) || CoordError.is(error, "CONFLICT")) && when()',
    to: 'CoordError.is(error, "CONFLICT") && when() && !isTransient(error)',
  },
  {
    name: "proclamations overtake each other",
    file: "core/src/grant.ts",
    from: "const written = (this.#rewriting ?? Promise.resolve()).then(async () => {",
    to: "const written = Promise.resolve().then(async () => {",
  },
  {
    name: "a suspended leader that is strict leads on",
    file: "core/src/grant.ts",
    from: "if (rules.strict) this.#loseWhenSuspended();",
    to: "",
  },
  {
    name: "a strict leader that has lost stays in line",
    file: "core/src/grant.ts",
    from: "if (this.#shares <= 0 && this.#rules.strict) void this.#contender.leave();",
    to: "",
  },
  {
    name: "an old leader is shown as fresh",
    file: "election/src/observing.ts",
    from: "{ ...first, stale }",
    to: "{ ...first, stale: false }",
  },
  {
    name: "an observer takes the leader of a store that was set back for an older one",
    file: "election/src/observing.ts",
    from: "if (history !== seen) highest = 0n;",
    to: "",
  },
  {
    name: "an observer is told of every candidate",
    file: "election/src/observing.ts",
    from: "if (told === shown || ",
    to: "if (",
  },
  {
    name: "a candidate waits for the leader alone",
    file: "election/src/election.ts",
    from: "blockers: (ahead) => ahead.slice(-1),",
    to: "blockers: (ahead) => ahead.slice(0, 1),",
  },
  {
    name: "the body is not told to stop",
    file: "election/src/election.ts",
    from: "onAbort(signal, (reason) => leadership.stop(reason)),",
    to: "",
  },
  {
    name: "a body that goes on is led for",
    file: "election/src/election.ts",
    from: "    void leadership.release();\n",
    to: "",
  },
  {
    name: "nobody leads again",
    file: "election/src/election.ts",
    from: 'if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();',
    to: "if (term.ended) return term.outcome();",
  },
  {
    name: "the body's own error is no end",
    file: "election/src/election.ts",
    from: 'if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();',
    to: "if (!rejoin || signal?.aborted) return term.outcome();",
  },
  {
    name: "a plain id is taken for nothing",
    file: "election/src/proposal.ts",
    from: 'data === undefined && !id.startsWith("{") ?',
    to: 'data === undefined && id.startsWith("{") ?',
  },
];
