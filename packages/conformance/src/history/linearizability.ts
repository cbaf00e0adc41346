import type { History, OperationEvent } from "./events.ts";
import { groupBy } from "./grouping.ts";
import { apply, isPure, type RegisterState } from "./register.ts";
import type { Violation } from "./violation.ts";

export interface LinearizabilityOptions {
  /** What every key holds at first. Left out: nothing. */
  readonly initial?: string;
  /** How many configurations are compared, per key, before the search gives up as undecided. */
  readonly maxSteps?: number;
}

/**
 * Linearizability (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990) of a
 * register with read, write, compare-and-set, create and remove: each operation takes effect at one instant between its
 * call and its return, as if they ran one after the other.
 *
 * The search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993): put first one of the
 * operations that no other one precedes, then search the rest. A configuration that was met before is not searched
 * again (Lowe, "Testing for linearizability", 2017): it consists of the operations placed so far and the state they
 * lead to. Keys are checked apart, since linearizability is local (Herlihy and Wing; the P-compositionality of Horn and
 * Kroening, "Faster linearizability checking via P-compositionality", 2015, as in Porcupine).
 *
 * An operation with unknown outcome may be placed anywhere after its call, or nowhere. A write or a read that failed
 * had no effect, and says nothing of the state. Operations that touch at one instant count as concurrent.
 *
 * A search beyond `maxSteps` is reported as a violation of the rule "undecided".
 */
export function linearizability(
  history: History,
  { initial, maxSteps = 5_000_000 }: LinearizabilityOptions = {},
): readonly Violation[] {
  const operations = history.filter((event) => event.kind === "operation");
  const keys = groupBy(operations, ({ key }) => key);
  return [...keys].flatMap(([key, ofKey]) => {
    const search = new Search(ofKey, { value: initial, version: undefined });
    const answer = search.run(maxSteps);
    if (answer === "linearizable") return [];
    return answer === "undecided" ? [undecided(key, ofKey, maxSteps)] : [search.refutation(key)];
  });
}

function undecided(key: string, operations: readonly OperationEvent[], maxSteps: number): Violation {
  return {
    rule: "undecided",
    message: `"${key}": no order of its ${operations.length} operations found within ${maxSteps} steps, and not refuted either`,
    events: operations,
  };
}

/** A point of the search. */
interface Configuration {
  /** Of the settled operations by call: all before `floor` are placed, and the set `ahead` of those from it on. */
  readonly floor: number;
  readonly ahead: bigint;
  readonly placed: number;
  /** The set of the unknown operations that took effect. */
  readonly effective: bigint;
  readonly state: RegisterState;
  /** The operation that led to the state. */
  readonly writer: OperationEvent | undefined;
}

class Search {
  /** The operations whose outcome is known, by call: all of them must be placed. */
  readonly #settled: readonly OperationEvent[];
  /** The others, which may be: those together that do the same, each lot by call. */
  readonly #unknown: readonly (readonly Possible[])[];
  readonly #met = new Map<string, bigint[]>();
  readonly #pending: Configuration[] = [];
  #deepest: Configuration;
  #steps = 0;

  constructor(operations: readonly OperationEvent[], initial: RegisterState) {
    const byCall = operations.toSorted((a, b) => a.call - b.call);
    this.#settled = byCall.filter(({ outcome }) => outcome.type !== "unknown");
    this.#unknown = alike(byCall.filter(({ outcome }) => outcome.type === "unknown"));
    this.#deepest = { floor: 0, ahead: 0n, placed: 0, effective: 0n, state: initial, writer: undefined };
    this.#pending.push(this.#deepest);
  }

  run(maxSteps: number): "linearizable" | "refuted" | "undecided" {
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      if (next.placed > this.#deepest.placed) this.#deepest = next;
      if (next.placed === this.#settled.length) return "linearizable";
      this.#expand(next);
      if (this.#steps > maxSteps) return "undecided";
    }
    return "refuted";
  }

  /**
   * Names the operations that fit nowhere at the deepest point of the search, and the one that wrote what stands there.
   */
  refutation(key: string): Violation {
    const { placed, state, writer } = this.#deepest;
    const stuck = this.#candidates(this.#deepest).map(({ operation }) => operation);
    const holds = state.value === undefined ? "nothing" : JSON.stringify(state.value);
    return {
      rule: "not-linearizable",
      message:
        `"${key}": no order explains its operations; with ${placed} of ${this.#settled.length} placed it holds ${holds}, ` +
        `where ${stuck.map(({ op, client }) => `the ${op.type} of ${client}`).join(" and ")} cannot come next`,
      events: [...(writer ? [writer] : []), ...stuck],
    };
  }

  /**
   * Pushes what may follow: each settled operation that may come next, at once or after some of unknown outcome. With
   * few of these first, since what can be explained without them needn't be tried with them.
   */
  #expand(start: Configuration): void {
    const candidates = this.#candidates(start);
    const line = [start];
    const children: Configuration[] = [];
    for (const configuration of line) {
      const pure = this.#firstPure(configuration, candidates);
      if (pure) {
        children.push(pure);
        continue;
      }
      for (const candidate of candidates) children.push(...place(configuration, candidate));
      line.push(...this.#effects(configuration, candidates).filter((next) => this.#isNew(next)));
    }
    this.#pending.push(...children.filter((child) => this.#isNew(child)).toReversed());
  }

  /**
   * An operation that fits and leaves the state as it is may as well come at once: wherever else it came, moving it
   * here changes nothing for the others.
   */
  #firstPure(configuration: Configuration, candidates: readonly Candidate[]): Configuration | undefined {
    for (const candidate of candidates) {
      if (!isPure(candidate.operation)) continue;
      const [next] = place(configuration, candidate);
      if (next && next.state === configuration.state) return next;
    }
    return undefined;
  }

  /** The settled operations that no other unplaced one precedes. */
  #candidates({ floor, ahead }: Configuration): readonly Candidate[] {
    const candidates: Candidate[] = [];
    let firstReturn = Number.POSITIVE_INFINITY;
    for (let index = floor; index < this.#settled.length; index += 1) {
      const operation = this.#settled[index];
      if (!operation || operation.call > firstReturn) break;
      if ((ahead >> BigInt(index - floor)) & 1n) continue;
      candidates.push({ operation, index });
      firstReturn = Math.min(firstReturn, returnOf(operation));
    }
    return candidates;
  }

  /**
   * The configurations after one unknown operation took effect, among those that may come before a candidate. Of
   * several that do the same, the one called first: it can stand in for the others wherever they can come.
   */
  #effects(from: Configuration, candidates: readonly Candidate[]): readonly Configuration[] {
    const firstReturn = Math.min(...candidates.map(({ operation }) => returnOf(operation)));
    return this.#unknown.flatMap((alike) => {
      const next = alike.find(({ bit }) => !(from.effective & bit));
      if (!next || next.operation.call > firstReturn) return [];
      const state = apply(from.state, next.operation);
      return state ? [{ ...from, effective: from.effective | next.bit, state, writer: next.operation }] : [];
    });
  }

  /**
   * Notes the configuration, unless one like it was met with the same unknown operations in effect or fewer: from there
   * everything can be reached that can be reached from here.
   */
  #isNew({ floor, ahead, effective, state }: Configuration): boolean {
    const key = `${floor} ${ahead.toString(36)} ${JSON.stringify([state.value, state.version])}`;
    const met = this.#met.get(key) ?? [];
    this.#steps += 1 + met.length;
    if (met.some((fewer) => (fewer & ~effective) === 0n)) return false;
    met.push(effective);
    this.#met.set(key, met);
    return true;
  }
}

interface Candidate {
  readonly operation: OperationEvent;
  /** Its place among the settled operations. */
  readonly index: number;
}

/** An operation with unknown outcome, and its bit in the set of those that took effect. */
interface Possible {
  readonly operation: OperationEvent;
  readonly bit: bigint;
}

function alike(unknown: readonly OperationEvent[]): readonly (readonly Possible[])[] {
  const possible = unknown.map((operation, index) => ({ operation, bit: 1n << BigInt(index) }));
  return [...groupBy(possible, ({ operation }) => effectOf(operation)).values()];
}

function effectOf({ op }: OperationEvent): string {
  const { type, value, expected, version }: { type: string; value?: string; expected?: string; version?: string } = op;
  return JSON.stringify([type, value, expected, version]);
}

function place(from: Configuration, { operation, index }: Candidate): readonly Configuration[] {
  const state = apply(from.state, operation);
  if (!state) return [];
  let { floor, ahead } = from;
  ahead |= 1n << BigInt(index - floor);
  while (ahead & 1n) {
    ahead >>= 1n;
    floor += 1;
  }
  const writer = isPure(operation) ? from.writer : operation;
  return [{ floor, ahead, placed: from.placed + 1, effective: from.effective, state, writer }];
}

/** What never returned, never ran out of time to take effect. */
function returnOf(operation: OperationEvent): number {
  return operation.return ?? Number.POSITIVE_INFINITY;
}
