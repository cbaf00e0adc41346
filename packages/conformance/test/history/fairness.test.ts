import { describe, expect, it } from "vitest";
import { fairness } from "../../src/history/index.ts";
import { Attempt, admitted } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const c = new Attempt("c", "c1");
const next = new Attempt("a", "a2");

describe("fairness accepts", () => {
  it("grants in the order of tokens, with waiters that left the line", () => {
    const left = { ...b.cancelled(3), token: 2n };
    const history = [a.asked(0), b.asked(0), c.asked(0), a.granted(1, 1n), left, a.released(4), c.granted(5, 3n)];
    expect(fairness(history)).toEqual([]);
  });

  it("calls of different clients in any order", () => {
    expect(fairness([a.asked(0), b.asked(1), b.granted(2, 1n), b.released(3), a.granted(4, 2n)])).toEqual([]);
  });

  it("one line for each name", () => {
    expect(fairness([a.granted(1, 5n), new Attempt("b", "b1", "other").granted(2, 3n), admitted(3, 9n)])).toEqual([]);
  });

  it("clients that learn of their grants in another order, where several may hold", () => {
    expect(fairness([b.granted(1, 2n), a.granted(2, 1n)], { capacity: 2 })).toEqual([]);
  });

  it("calls that stood in line anew, if it is told so", () => {
    const history = [a.asked(0), next.asked(1), next.granted(2, 1n), next.released(3), a.granted(4, 2n)];
    expect(fairness(history, { callOrder: false })).toEqual([]);
  });
});

describe("fairness rejects", () => {
  it("a grant that overtook one ahead of it", () => {
    const [first, second] = [b.granted(1, 2n), a.granted(3, 1n)];
    expect(fairness([first, b.released(2), second])).toEqual([
      {
        rule: "granted-out-of-order",
        message: '"job": token 2 was granted before token 1, which stood ahead of it in the line',
        events: [first, second],
      },
    ]);
  });

  it("each grant that was overtaken", () => {
    const [first, second, third] = [c.granted(1, 3n), a.granted(3, 1n), b.granted(5, 2n)];
    expect(fairness([first, second, third])).toMatchObject([{ events: [first, second] }, { events: [first, third] }]);
  });

  it("an admission that overtook one ahead of it, however many may hold", () => {
    const [first, second] = [admitted(1, 2n), admitted(2, 1n)];
    expect(fairness([first, second], { capacity: 5 })).toMatchObject([
      { rule: "admitted-out-of-order", events: [first, second] },
    ]);
  });

  it("calls of one client that changed places", () => {
    const [early, late] = [next.granted(2, 1n), a.granted(4, 2n)];
    expect(fairness([a.asked(0), next.asked(1), early, next.released(3), late])).toMatchObject([
      { rule: "called-out-of-order", events: [late, early] },
    ]);
  });
});
