import type { Mutant } from "../mutant.ts";

/** Breaks of the waiting line. */
export const line: readonly Mutant[] = [
  {
    name: "a win is not verified by the own entry",
    file: "core/src/contender.ts",
    from: "if (!standing.present) throw await this.gone(place, wait);",
    to: "",
  },
  {
    name: "a stale standing counts",
    file: "core/src/contender.ts",
    from: "if (standing.stale) continue;",
    to: "if (standing.stale) return true;",
  },
  {
    name: "a removed place is taken for a removal while the session is over",
    file: "core/src/contender.ts",
    from: "await wait.race(known);",
    to: "",
  },
  {
    name: "a cancelled wait goes on",
    file: "core/src/wait.ts",
    from: "if (this.#end) throw this.#end.reason;",
    to: "",
  },
  {
    name: "a wait doesn't end",
    file: "core/src/wait.ts",
    from: "for (const reject of this.#racing) reject(reason);",
    to: "",
  },
  {
    name: "a cancelled wait doesn't leave the line",
    file: "core/src/line.ts",
    from: "    void contender.leave(); // in the background",
    to: "    // in the background",
  },
  {
    name: "a try leaves its place in line",
    file: "core/src/line.ts",
    from: "await wait.race(contender.leave())",
    to: "await wait.race(Promise.resolve())",
  },
  {
    name: "an attempt whose answer was lost is forgotten",
    file: "core/src/contender.ts",
    from: "if (!this.#place && !this.#unsettled)",
    to: "if (!this.#place)",
  },
  {
    name: "leaving doesn't wait for the attempt under way",
    file: "core/src/contender.ts",
    from: "await this.#standing?.catch(() => {});",
    to: "",
  },
  {
    name: "leaving is tried once",
    file: "core/src/contender.ts",
    from: "const when = (error: unknown) => isTransient(error) || (isMendable(error) && ++refused <= refusals);",
    to: "const when = () => false;",
  },
  {
    name: "standing in line is tried once",
    file: "core/src/contender.ts",
    from: "const when = (error: unknown) => isTransient(error) && !this.#done && this.session.alive;",
    to: "const when = () => false;",
  },
  {
    name: "every attempt has a ticket of its own",
    file: "core/src/contender.ts",
    from: "{ id: this.#id,",
    to: "{ id: this.#context.runtime.uniqueId(),",
  },
  {
    name: "the calls of a client overtake each other",
    file: "core/src/coord.ts",
    from: "const result = before ? before.then(work) : work();",
    to: "const result = work();",
  },
  {
    name: "other kinds are let stand in the line",
    file: "core/src/contender.ts",
    from: "if (!other) return;",
    to: "if (kind) return;",
  },
  {
    name: "requeueing forgets the time that has passed",
    file: "core/src/line.ts",
    from: "Math.max(0, untilMs - context.runtime.now())",
    to: "waitMs",
  },
  {
    name: "a waiter doesn't hear of its session's loss",
    file: "core/src/line.ts",
    from: "wait.endOn((end) => session.onLost(end));",
    to: "",
  },
  {
    name: "close() doesn't end waits",
    file: "core/src/line.ts",
    from: "wait.endOn((end) => context.onClosing(() => end(closedError())));",
    to: "",
  },
  {
    name: "close() doesn't wait for bodies",
    file: "core/src/coord.ts",
    from: "while (!this.#underWay.isEmpty) await Promise.allSettled(this.#underWay);",
    to: "",
  },
  {
    name: "close() keeps the session",
    file: "core/src/coord.ts",
    from: "({ keeper }) => keeper.revoke(signal)",
    to: "async () => {}",
  },
];
