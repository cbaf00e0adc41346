import { describe, expect, it } from "vitest";
import {
  linearizability,
  type OperationEvent,
  type RegisterCall,
  type RegisterOutcome,
} from "../../src/history/index.ts";
import { Dice, operation } from "./building.ts";

const values = ["x", "y", "z"] as const;

describe("linearizability, at random", () => {
  it("accepts every history that one register produced", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const history = produced(new Dice(seed), {
        operations: 40,
        clients: 6,
        unknown: 0.15,
        versions: seed % 2 === 0,
      });
      expect(linearizability(history), `seed ${seed}`).toEqual([]);
    }
  });

  it("agrees with trying every order, on histories with one answer changed", () => {
    const counts = { accepted: 0, rejected: 0 };
    for (let seed = 1; seed <= 3000; seed += 1) {
      const dice = new Dice(seed);
      const unknown = seed % 3 === 0 ? 0 : 0.25;
      const history = mutated(
        dice,
        produced(dice, {
          operations: 4 + dice.below(4),
          clients: 3,
          unknown,
          versions: unknown === 0 && seed % 2 === 0,
        }),
      );
      const good = linearizability(history).length === 0;
      expect(good, `seed ${seed}`).toBe(someOrderFits(history));
      counts[good ? "accepted" : "rejected"] += 1;
    }
    expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(500);
  });

  it("agrees with trying every order, on histories that nothing produced", () => {
    const counts = { accepted: 0, rejected: 0 };
    for (let seed = 1; seed <= 3000; seed += 1) {
      const history = arbitrary(new Dice(seed), 2 + (seed % 5));
      const good = linearizability(history).length === 0;
      expect(good, `seed ${seed}`).toBe(someOrderFits(history));
      counts[good ? "accepted" : "rejected"] += 1;
    }
    expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(300);
  });

  it("decides long histories, good and bad, in few steps", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const dice = new Dice(seed);
      const history = produced(dice, { operations: 200, clients: 10, unknown: 0.05, versions: false, distinct: true });
      const few = { maxSteps: 1_000_000 };
      expect(linearizability(history, few), `seed ${seed}`).toEqual([]);
      const end = Math.max(...history.map((event) => event.return ?? event.call)) + 1;
      const absurd = operation("r", end, end + 1, { type: "read" }, { type: "ok", value: "never written" });
      expect(linearizability([...history, absurd], few), `seed ${seed}`).toMatchObject([{ rule: "not-linearizable" }]);
    }
  });
});

interface Production {
  readonly operations: number;
  readonly clients: number;
  /** The share of the operations whose answer is lost. */
  readonly unknown: number;
  readonly versions: boolean;
  /** Whether each write has a value of its own. */
  readonly distinct?: boolean;
}

/** Runs operations one by one on a register, each at an instant between its call and its return. */
function produced(
  dice: Dice,
  { operations, clients, unknown, versions, distinct }: Production,
): readonly OperationEvent[] {
  let current: { value: string; version: string } | undefined;
  const events = timetable(dice, operations, clients).map(({ client, call, until }, index) => {
    const op = randomCall(dice, versions ? current?.version : undefined, distinct ? index : undefined);
    const lost = dice.chance(unknown);
    const fits = (!lost || dice.chance(0.5)) && matches(op, current);
    if (fits && op.type === "remove") current = undefined;
    if (fits && "value" in op) current = { value: op.value, version: `v${index}` };
    const told = {
      ...(op.type === "read" && current ? { value: current.value } : {}),
      ...(versions && current ? { version: current.version } : {}),
    };
    const outcome: RegisterOutcome = fits ? { type: "ok", ...told } : { type: "failed" };
    const returned = lost && dice.chance(0.5) ? undefined : until;
    return operation(client, call, returned, op, lost ? { type: "unknown" } : outcome);
  });
  return shuffled(dice, events);
}

interface Turn {
  readonly client: string;
  readonly call: number;
  readonly until: number;
}

/** Clients that each call as soon as the last call returned, by the instants at which their operations take effect. */
function timetable(dice: Dice, operations: number, clients: number): readonly Turn[] {
  const free = Array.from({ length: clients }, () => dice.below(20));
  const turns = Array.from({ length: operations }, (_, index) => {
    const call = (free[index % clients] ?? 0) + dice.below(3);
    const until = call + 1 + dice.below(20);
    free[index % clients] = until + 1;
    return { client: `c${index % clients}`, call, until, effect: call + dice.next() * (until - call) };
  });
  return turns.toSorted((a, b) => a.effect - b.effect);
}

/** `own` counts the values up, and expects one of the last few. */
function randomCall(dice: Dice, version?: string, own?: number): RegisterCall {
  const value = own === undefined ? dice.pick(values) : `${own}`;
  const expected = own === undefined ? dice.pick(values) : `${own - 1 - dice.below(3)}`;
  const condition = version !== undefined && dice.chance(0.5) ? { version } : { expected };
  const calls: readonly [RegisterCall, ...RegisterCall[]] = [
    { type: "read" },
    { type: "write", value },
    { type: "cas", value, ...condition },
    { type: "create", value },
    dice.chance(0.5) ? { type: "remove" } : { type: "remove", ...condition },
  ];
  return dice.pick(calls);
}

function arbitrary(dice: Dice, operations: number): readonly OperationEvent[] {
  return Array.from({ length: operations }, (_, index) => {
    const op = randomCall(dice);
    const call = dice.below(30);
    const read = dice.chance(0.8) ? { value: dice.pick(values) } : {};
    const outcome = dice.pick<RegisterOutcome>([
      { type: "ok", ...(op.type === "read" ? read : {}) },
      { type: "ok", ...(op.type === "read" ? read : {}) },
      { type: "failed" },
      { type: "unknown" },
    ]);
    return operation(`c${index}`, call, dice.chance(0.1) ? undefined : call + dice.below(20), op, outcome);
  });
}

/** The history with another answer, or another time, for one of its operations. */
function mutated(dice: Dice, history: readonly OperationEvent[]): readonly OperationEvent[] {
  const victim = dice.below(history.length);
  return history.map((event, index) => {
    if (index !== victim) return event;
    if (dice.chance(0.2)) return { ...event, call: event.call + 50, return: (event.return ?? event.call) + 60 };
    if (event.outcome.type === "unknown") return { ...event, outcome: { type: "ok" } };
    if (event.op.type === "read") return { ...event, outcome: { ...event.outcome, value: dice.pick(values) } };
    return { ...event, outcome: event.outcome.type === "ok" ? { type: "failed" } : { type: "ok", version: "v" } };
  });
}

function shuffled<T>(dice: Dice, items: readonly T[]): readonly T[] {
  return items
    .map((item) => [dice.next(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

type Content = { readonly value: string; readonly version: string | undefined } | undefined;

/**
 * The definition itself: some order of the operations respects their times, and the register gives all their answers.
 */
function someOrderFits(operations: readonly OperationEvent[], content?: Content): boolean {
  if (operations.every(({ outcome }) => outcome.type === "unknown")) return true;
  return operations.some((first) => {
    const rest = operations.filter((other) => other !== first);
    if (rest.some((other) => other.outcome.type !== "unknown" && (other.return ?? Infinity) < first.call)) return false;
    return possible(first, content).some((next) => someOrderFits(rest, next.content));
  });
}

/** What the register may hold after the operation; nothing at all if its answer is wrong. */
function possible({ op, outcome }: OperationEvent, content: Content): readonly { readonly content: Content }[] {
  const fits = matches(op, content);
  const same = [{ content }];
  const unconditional = op.type === "read" || op.type === "write";
  if (outcome.type === "failed") return unconditional || !fits ? same : [];
  if (outcome.type === "unknown") return fits ? [...same, { content: after(op, content, undefined) }] : same;
  if (!fits) return [];
  if (op.type !== "read") {
    if (op.type !== "remove" && outcome.version !== undefined && outcome.version === content?.version) return [];
    return [{ content: after(op, content, outcome.version) }];
  }
  const told = outcome.value === content?.value && (outcome.version ?? content?.version) === content?.version;
  return told ? same : [];
}

function matches(op: RegisterCall, content: Content): boolean {
  if (op.type === "create") return content === undefined;
  if (op.type === "read" || op.type === "write") return true;
  const { expected = content?.value, version = content?.version } = op;
  return content !== undefined && expected === content.value && version === content.version;
}

function after(op: RegisterCall, content: Content, version: string | undefined): Content {
  if (op.type === "read") return content;
  return op.type === "remove" ? undefined : { value: op.value, version };
}
