import { describe, expect, it } from "vitest";
import { exclusion, type History } from "../../src/history/index.ts";
import { Attempt, Dice, died } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const c = new Attempt("c", "c1");

describe("exclusion accepts", () => {
  it("an empty history", () => {
    expect(exclusion([])).toEqual([]);
  });

  it("holds one after the other, ended by release, by loss and by the end of the history", () => {
    const history = [
      ...[a.asked(0), b.asked(1), a.granted(2, 1n), a.released(5)],
      ...[b.granted(6, 2n), b.lost(9), c.granted(10, 3n)],
    ];
    expect(exclusion(history)).toEqual([]);
  });

  it("holds that touch at one instant, the end first in the history", () => {
    expect(exclusion([a.granted(1, 1n), a.released(5), b.granted(5, 2n)])).toEqual([]);
  });

  it("a history that is not sorted by time", () => {
    expect(exclusion([b.granted(6, 2n), a.granted(1, 1n), a.released(5)])).toEqual([]);
  });

  it("holds of two names at once", () => {
    expect(exclusion([a.granted(1, 1n), new Attempt("b", "b1", "other").granted(2, 2n)])).toEqual([]);
  });

  it("a grant after the holder's process died", () => {
    expect(exclusion([a.granted(1, 1n), died(3, "a"), b.granted(4, 2n)])).toEqual([]);
  });

  it("as many holds at once as the capacity allows", () => {
    expect(exclusion([a.granted(1, 1n), b.granted(2, 2n)], { capacity: 2 })).toEqual([]);
  });

  it("readers together, and a writer that weighs the whole capacity after them", () => {
    const history = [a.granted(1, 1n), b.granted(2, 2n), a.released(3), b.released(4), c.granted(5, 3n, 100)];
    expect(exclusion(history, { capacity: 100 })).toEqual([]);
  });
});

describe("exclusion rejects", () => {
  it("an overlap by one event", () => {
    const [first, second] = [a.granted(1, 1n), b.granted(4, 2n)];
    expect(exclusion([first, second, a.released(5), b.released(6)])).toEqual([
      { rule: "overlap", message: '"job": 2 held at once where 1 may be, by a, b', events: [first, second] },
    ]);
  });

  it("an overlap at one instant, the grant first in the history", () => {
    const [first, second] = [a.granted(1, 1n), b.granted(5, 2n)];
    expect(exclusion([first, second, a.released(5)])).toMatchObject([{ rule: "overlap", events: [first, second] }]);
  });

  it("a hold which never ended, at each later grant", () => {
    const [first, second, third] = [a.granted(1, 1n), b.granted(4, 2n), c.granted(8, 3n)];
    expect(exclusion([first, second, b.released(5), third])).toMatchObject([
      { events: [first, second] },
      { events: [first, third] },
    ]);
  });

  it("a hold that ended only before it was granted", () => {
    const [first, second] = [a.granted(2, 1n), b.granted(3, 2n)];
    expect(exclusion([a.released(1), first, second])).toMatchObject([{ events: [first, second] }]);
  });

  it("a hold whose end belongs to another attempt of the same client", () => {
    const [first, second] = [a.granted(1, 1n), b.granted(3, 2n)];
    expect(exclusion([first, new Attempt("a", "a2").released(2), second])).toMatchObject([{ events: [first, second] }]);
  });

  it("a grant while another client died", () => {
    const [first, second] = [a.granted(1, 1n), b.granted(3, 2n)];
    expect(exclusion([first, died(2, "c"), second])).toMatchObject([{ events: [first, second] }]);
  });

  it("two grants of one attempt without an end between", () => {
    const [first, second] = [a.granted(1, 1n), a.granted(3, 2n)];
    expect(exclusion([first, second])).toMatchObject([{ events: [first, second] }]);
  });

  it("one hold more than the capacity", () => {
    const grants = [a.granted(1, 1n), b.granted(2, 2n), c.granted(3, 3n)];
    expect(exclusion(grants, { capacity: 2 })).toMatchObject([{ events: grants }]);
  });

  it("a writer among readers", () => {
    const grants = [a.granted(1, 1n), b.granted(2, 2n, 100)];
    expect(exclusion(grants, { capacity: 100 })).toMatchObject([{ events: grants }]);
  });

  it("weights that together exceed the capacity", () => {
    expect(exclusion([a.granted(1, 1n, 2), b.granted(2, 2n, 2)], { capacity: 3 })).toHaveLength(1);
    expect(exclusion([a.granted(1, 1n, 2), b.granted(2, 2n, 1)], { capacity: 3 })).toEqual([]);
  });
});

describe("exclusion, at random", () => {
  it("finds an overlap exactly where counting the holders event by event does", () => {
    let bad = 0;
    for (let seed = 1; seed <= 500; seed += 1) {
      const capacity = 1 + (seed % 3);
      const history = randomHolds(new Dice(seed));
      const found = exclusion(history, { capacity });
      expect(
        found.map(({ events }) => events.at(-1)),
        `seed ${seed}`,
      ).toEqual(tooMany(history, capacity));
      if (found.length > 0) bad += 1;
    }
    expect(bad).toBeGreaterThan(100);
    expect(bad).toBeLessThan(490);
  });
});

/** Holds at random times, some without an end. */
function randomHolds(dice: Dice): History {
  const events = Array.from({ length: 1 + dice.below(6) }, (_, index) => {
    const attempt = new Attempt(`c${index}`, `c${index}-1`);
    const from = dice.below(40);
    const until = from + dice.below(15);
    const end = dice.chance(0.5) ? attempt.lost(until) : attempt.released(until);
    return dice.chance(0.1) ? [attempt.granted(from, BigInt(index))] : [attempt.granted(from, BigInt(index)), end];
  });
  return events.flat().toSorted((x, y) => x.at - y.at);
}

function tooMany(history: History, capacity: number): History {
  const holders = new Set<string>();
  return history.filter((event) => {
    if (event.kind === "granted") holders.add(event.attempt);
    if (event.kind === "lost" || event.kind === "released") holders.delete(event.attempt);
    return event.kind === "granted" && holders.size > capacity;
  });
}
