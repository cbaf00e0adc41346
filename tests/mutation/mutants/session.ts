import type { Mutant } from "../mutant.ts";

/** Breaks of the session and its clock. */
export const session: readonly Mutant[] = [
  {
    name: "the deadline leaves no margin",
    file: "core/src/deadline.ts",
    from: "ttlMs * (1 - rateAllowance) - slackMs(ttlMs);",
    to: "ttlMs;",
  },
  {
    name: "a late answer revives a session",
    file: "core/src/deadline.ts",
    from: "if (!this.passed) this.#atMs",
    to: "this.#passed = false;\n    this.#atMs",
  },
  {
    name: "a hold doesn't look at the clock",
    file: "core/src/grant.ts",
    from: "const loss = this.#over ? undefined : this.#contender.session.loss;",
    to: "const loss = undefined as never;",
  },
  {
    name: "no timer watches the deadline",
    file: "core/src/deadline.ts",
    from: "() => this.passed || this.#arm()",
    to: "() => {}",
  },
  {
    name: "a session that is granted too late is handed out",
    file: "core/src/session-keeper.ts",
    from: "if (!session.alive) {",
    to: "if (ttlMs < 0) {",
  },
  {
    name: "a lost session is not given back",
    file: "core/src/session-keeper.ts",
    from: "    this.#giveBack(session.stored);\n    this.#reopen();",
    to: "    this.#reopen();",
  },
  {
    name: "a client doesn't come back after a loss",
    file: "core/src/session-keeper.ts",
    from: "    this.#reopen();\n    this.#enter",
    to: "    this.#enter",
  },
  {
    name: "the state is never suspended",
    file: "core/src/session-keeper.ts",
    from: 'this.#enter("suspended");',
    to: "{}",
  },
  {
    name: "the own entry is not watched",
    file: "core/src/grant.ts",
    from: "() => void this.#watchOwnEntry()",
    to: "() => {}",
  },
  {
    name: "a release that is under way can be lost",
    file: "core/src/grant.ts",
    from: "    this.#end();\n    return this.#contender",
    to: "    return this.#contender",
  },
];
