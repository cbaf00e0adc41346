import { describe, expect, it } from "vitest";
import { allOrNone, type HistoryEvent } from "../../src/history/index.ts";
import { Party } from "./building.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((client) => new Party(client)) as [Party, Party, Party, Party];
const came = [a.came(0), b.came(1), c.came(2)];
const passed = [a.passed(3, 0, 0), b.passed(3, 0, 1), c.passed(4, 0, 2)];

const rulesOf = (history: readonly HistoryEvent[], countedMs = 0) =>
  allOrNone(history, { parties: 3, countedMs }).map(({ rule }) => rule);

describe("allOrNone accepts", () => {
  it("a generation that all pass, whoever hears of it first, and all leave", () => {
    const leaving = [c.leaving(5), a.leaving(6), b.leaving(7)];
    expect(rulesOf([...came, ...passed, ...leaving, a.left(8), b.left(8), c.left(9)])).toEqual([]);
  });

  it("a generation that nobody passes", () => {
    expect(rulesOf([...came, a.declined(3), b.broken(4, 0), c.broken(4, 0)])).toEqual([]);
  });

  it("a party that could not be told, because it was lost after the last had come", () => {
    expect(rulesOf([...came, a.passed(3, 0, 0), b.passed(3, 0, 1), c.excused(9)])).toEqual([]);
    expect(
      rulesOf([a.came(0), c.came(0), c.excused(4), b.came(5), d.came(6), b.passed(7, 0, 1), d.passed(7, 0, 2)], 3),
    ).toEqual([]);
  });

  it("a party whose process died before it could be told", () => {
    const history = [...came, a.passed(3, 0, 0), b.passed(3, 0, 1)];
    expect(rulesOf([...history, { at: 9, client: "c", kind: "died" }])).toEqual([]);
    expect(rulesOf([...history, { at: 9, client: "d", kind: "died" }])).toEqual(["some-passed"]);
    expect(rulesOf([...history, c.declined(8), { at: 9, client: "c", kind: "died" }])).toEqual(["some-passed"]);
  });

  it("one that had left while another one, inside, died", () => {
    expect(rulesOf([...came, ...passed, a.leaving(5), b.leaving(5), c.excused(6), a.left(7), b.left(7)])).toEqual([]);
  });

  it("two barriers and two generations side by side", () => {
    const other = new Party("a", "a2", "other");
    const next = ["a", "b", "c"].map((client) => new Party(client, `${client}3`));
    const again = next.flatMap((party, index) => [party.came(10 + index), party.passed(20, 1, index)]);
    expect(rulesOf([...came, other.came(3), ...passed, other.broken(5, 0), ...again])).toEqual([]);
  });
});

describe("allOrNone rejects", () => {
  it("a generation that some pass and that is broken for others", () => {
    expect(rulesOf([...came, a.passed(3, 0, 0), b.passed(3, 0, 1), c.broken(4, 0)])).toContain("passed-and-broken");
  });

  it("a generation that some pass while another ran out of time", () => {
    expect(rulesOf([...came, a.passed(3, 0, 0), b.passed(3, 0, 1), c.declined(4)])).toEqual(["some-passed"]);
  });

  it("a party that was lost long before, and can't have been counted", () => {
    const history = [a.came(0), c.came(0), c.excused(1), b.came(5), d.came(6), b.passed(7, 0, 1), d.passed(7, 0, 2)];
    expect(rulesOf(history)).toEqual(["some-passed"]);
    expect(rulesOf(history, 3)).toEqual(["some-passed"]);
  });

  it("more than there are parties", () => {
    expect(rulesOf([...came, d.came(2), ...passed, d.passed(5, 0, 3)])).toEqual(["too-many-passed"]);
  });

  it("one that passed before another had come", () => {
    expect(rulesOf([a.came(0), b.came(1), a.passed(2, 0, 0), b.passed(2, 0, 1), c.came(3), c.passed(4, 0, 2)])).toEqual(
      ["passed-early"],
    );
  });

  it("two of one index", () => {
    expect(rulesOf([...came, a.passed(3, 0, 0), b.passed(3, 0, 1), c.passed(4, 0, 1)])).toEqual(["index-twice"]);
  });

  it("one that had left while another was still inside", () => {
    const history = [...came, ...passed, a.leaving(5), b.leaving(5), a.left(6), c.leaving(7), b.left(8), c.left(8)];
    expect(rulesOf(history)).toEqual(["left-early"]);
  });
});
