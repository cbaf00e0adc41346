import type { Mutant } from "../mutant.ts";

/** Breaks of read-write locks, semaphores and locks taken together. */
export const locks: readonly Mutant[] = [
  {
    name: "a reader overtakes a waiting writer",
    file: "lock/src/read-write-lock.ts",
    from: "const writer = ahead.findLast(mayWrite);",
    to: "const writer = ahead.slice(0, 1).find(mayWrite);",
  },
  {
    name: "a writer waits for writers alone",
    file: "lock/src/read-write-lock.ts",
    from: 'return { ...this.sideFor("write"), blockers: (ahead) => ahead.slice(-1),',
    to: 'return { ...this.sideFor("write"), blockers: (ahead) => ahead.filter(mayWrite).slice(-1),',
  },
  {
    name: "a downgrade is seen by nobody",
    file: "lock/src/read-write-lock.ts",
    from: 'return entry !== undefined && modeOf(entry) === "read";',
    to: "return entry === undefined;",
  },
  {
    name: "every writer is taken for one that reads",
    file: "lock/src/read-write-lock.ts",
    from: 'return entry !== undefined && modeOf(entry) === "read";',
    to: "return entry !== undefined;",
  },
  {
    name: "a downgrade under nested holds",
    file: "lock/src/read-write-lock.ts",
    from: "if (this.#grant.shared)",
    to: "if (!this.#grant)",
  },
  {
    name: "read to write by `within`",
    file: "lock/src/read-write-lock.ts",
    from: "if (parent instanceof ReadHold && parent.name === this.name)",
    to: "if (!parent)",
  },
  {
    name: "who is not understood is taken for a reader",
    file: "lock/src/read-write-lock.ts",
    from: 'return shown?.mode === "read" ? "read" : "write";',
    to: 'return shown?.mode === "write" ? "write" : "read";',
  },
  {
    name: "weights of others are forgotten",
    file: "lock/src/semaphore.ts",
    from: "taken += weightIn(ahead[first]?.kind);",
    to: "taken += 1;",
  },
  {
    name: "the own weight is shown to nobody",
    file: "lock/src/semaphore.ts",
    from: "kind: kindOf(weight),",
    to: "kind: kindOf(1),",
  },
  {
    name: "a limit that was lowered is not looked at",
    file: "lock/src/semaphore.ts",
    from: "const limit = await this.#limit.read();",
    to: "const limit = this.#limit.known;",
  },
  {
    name: "nobody hears that the limit was raised",
    file: "lock/src/semaphore.ts",
    from: "onChange: (changed) => this.#limit.onChange(changed),",
    to: "",
  },
  {
    name: "a following is not begun anew when the limit has changed",
    file: "core/src/contender.ts",
    from: '        following.abort("changed");\n',
    to: "",
  },
  {
    name: "a permit that comes back wakes all",
    file: "lock/src/semaphore.ts",
    from: "if (taken > limit) return ahead.slice(first);",
    to: "if (taken > limit) return ahead;",
  },
  {
    name: "who asks for more than there are waits for ever",
    file: "lock/src/semaphore.ts",
    from: "if (weight <= limit) return",
    to: "if (weight > 0) return",
  },
  {
    name: "a flow waits for the permits that it holds",
    file: "lock/src/semaphore.ts",
    from: "if (own > 0 && own + weight > limit)",
    to: "if (own < 0)",
  },
  {
    name: "another limit is let pass",
    file: "lock/src/stored-limit.ts",
    from: "if (asked === undefined || asked === stored) return;",
    to: "if (stored > 0) return;",
  },
  {
    name: "locks are taken in the order in which they were named",
    file: "lock/src/lock-all.ts",
    from: ".toSorted(([a], [b]) => (a < b ? -1 : 1))",
    to: "",
  },
  {
    name: "what was had is kept when the rest can't be",
    file: "lock/src/lock-all.ts",
    from: "    void releaseInReverse(taken);\n",
    to: "",
  },
  {
    name: "each of several locks has the whole time",
    file: "lock/src/lock-all.ts",
    from: "Math.max(0, untilMs - runtime.now())",
    to: "waitMs",
  },
  {
    name: "the loss of one of several is not told",
    file: "lock/src/lock-all.ts",
    from: "onAbort(hold.signal, (loss) => this.#lose(loss));",
    to: "void hold;",
  },
  {
    name: "one of several is lost while the rest is waited for",
    file: "lock/src/lock-all.ts",
    from: "      leaves.push(onAbort(hold.signal, (loss) => giveUp.abort(loss)));\n",
    to: "",
  },
  {
    name: "several locks are lost after their release",
    file: "lock/src/lock-all.ts",
    from: "if (!this.#releasing) this.#controller?.abort(loss);",
    to: "this.#controller?.abort(loss);",
  },
  {
    name: "the manager counts requests that are over",
    file: "lock/src/lock-manager.ts",
    from: "      count(-1);\n",
    to: "",
  },
  {
    name: "entries of other programs are not counted",
    file: "lock/src/contestants.ts",
    from: "foreign: foreign.length",
    to: "foreign: 0",
  },
];
