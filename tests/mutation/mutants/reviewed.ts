import type { Mutant } from "../mutant.ts";

/** Breaks that a review thought of. */
export const reviewed: readonly Mutant[] = [
  {
    name: "the loss is announced before holds hear of it",
    file: "core/src/session.ts",
    from: "    const listeners = [...this.#listeners];",
    to: "    this.#announce(this.#loss);\n    const listeners = [...this.#listeners];",
  },
  {
    name: "a hold doesn't look at the session's loss",
    file: "core/src/grant.ts",
    from: "if (loss) this.#sessionLost(loss);",
    to: "",
  },
  {
    name: "a following shows nothing while it is blind to the connection",
    file: "memory/src/watch.ts",
    from: "if (this.#stale) return;\n    this.#stale = true;",
    to: "return;",
  },
  {
    name: "an entry remembers a session that it was removed from",
    file: "memory/src/tables.ts",
    from: "if (session !== undefined) this.#bound.get(session)?.delete(key);",
    to: "",
  },
  {
    name: "only the first of several in the way is watched",
    file: "memory/src/server.ts",
    from: "[place.mine.key, ...keys].map(",
    to: "[place.mine.key, ...keys.slice(0, 1)].map(",
  },
  {
    name: "another entry under the own key counts as the own",
    file: "memory/src/contend.ts",
    from: "state.get(mine.key)?.order === mine.order",
    to: "state.get(mine.key) !== undefined",
  },
  {
    name: "a conflict shows the namespace",
    file: "core/src/namespace.ts",
    from: "new ConflictError(outside(error.key),",
    to: "new ConflictError(error.key,",
  },
  {
    name: "a key in a guard is not checked",
    file: "core/src/checked.ts",
    from: "for (const guard of guards) assertKey(guardedKey(guard));",
    to: "void guardedKey;",
  },
  {
    name: "a lock of another client is taken for a nested one",
    file: "core/src/flow.ts",
    from: "holding.owner === owner && ",
    to: "owner !== undefined && ",
  },
];
