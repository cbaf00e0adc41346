import { describe, expect, it } from "vitest";
import { lossBeforeGrant } from "../../src/history/index.ts";
import { Attempt, admitted, died, removed } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const c = new Attempt("c", "c1");

describe("lossBeforeGrant accepts", () => {
  it("an empty history, which has no margin", () => {
    expect(lossBeforeGrant([])).toEqual({ violations: [], minMarginMs: undefined });
  });

  it("losses and releases before the next admission, and measures the shortest margin after a loss", () => {
    const history = [
      ...[admitted(0, 1n), a.granted(1, 1n), a.lost(10), removed(29, 1n)],
      ...[admitted(30, 2n), b.granted(31, 2n), b.lost(50), removed(57, 2n)],
      ...[admitted(57.5, 3n), c.granted(58, 3n), c.released(60), removed(60.5, 3n), admitted(61, 4n)],
    ];
    expect(lossBeforeGrant(history)).toEqual({ violations: [], minMarginMs: 7.5 });
  });

  it("a loss at the instant of the admission, the loss first in the history", () => {
    expect(lossBeforeGrant([a.granted(1, 1n), a.lost(5), admitted(5, 2n)])).toEqual({ violations: [], minMarginMs: 0 });
  });

  it("a hold that is alive at its own admission and at that of another name", () => {
    const history = [a.granted(1, 1n), admitted(2, 1n), admitted(3, 2n, "other")];
    expect(lossBeforeGrant(history)).toEqual({ violations: [], minMarginMs: undefined });
  });

  it("a holder that died, whose end is no loss", () => {
    const history = [a.granted(1, 1n), died(2, "a"), admitted(3, 2n)];
    expect(lossBeforeGrant(history)).toEqual({ violations: [], minMarginMs: undefined });
  });
});

describe("lossBeforeGrant rejects", () => {
  it("a signal after the next admission, although the next client heard of it later still", () => {
    const [grant, next, lost] = [a.granted(1, 1n), admitted(8, 2n), a.lost(9.5)];
    expect(lossBeforeGrant([grant, next, lost, b.granted(10, 2n)])).toEqual({
      violations: [
        {
          rule: "admitted-before-loss",
          message: '"job": token 2 was admitted, and the hold of a with token 1 ended 1.500 ms later',
          events: [grant, next, lost],
        },
      ],
      minMarginMs: -1.5,
    });
  });

  it("a signal at the instant of the admission, the admission first in the history", () => {
    expect(lossBeforeGrant([a.granted(1, 1n), admitted(5, 2n), a.lost(5)]).violations).toHaveLength(1);
  });

  it("a hold that never ended", () => {
    const [grant, next] = [a.granted(1, 1n), admitted(8, 2n)];
    expect(lossBeforeGrant([grant, next])).toMatchObject({
      violations: [{ rule: "admitted-before-loss", events: [grant, next] }],
      minMarginMs: undefined,
    });
  });

  it("a release after the next admission", () => {
    const [grant, next, release] = [a.granted(1, 1n), admitted(8, 2n), a.released(9)];
    expect(lossBeforeGrant([grant, next, release]).violations).toMatchObject([{ events: [grant, next, release] }]);
  });

  it("a grant handed out late, after the next admission", () => {
    const [next, grant, lost] = [admitted(2, 2n), a.granted(3, 1n), a.lost(4)];
    expect(lossBeforeGrant([next, grant, lost]).violations).toMatchObject([{ events: [grant, next, lost] }]);
  });

  it("a hold that outlives two admissions, once, with the first", () => {
    const [grant, second] = [a.granted(1, 1n), admitted(4, 2n)];
    const history = [grant, second, removed(5, 2n), admitted(6, 3n), a.lost(7)];
    expect(lossBeforeGrant(history).violations).toMatchObject([{ events: [grant, second, history.at(-1)] }]);
  });

  it("a hold with the first admission behind it, although the admissions are not in the order of tokens", () => {
    const [grant, first] = [a.granted(1, 1n), admitted(4, 3n)];
    expect(lossBeforeGrant([grant, first, a.lost(5), admitted(6, 2n)]).violations).toMatchObject([
      { events: [grant, first, { kind: "lost" }] },
    ]);
  });

  it("a grant after the store removed the entry", () => {
    const [gone, grant] = [removed(5, 1n), a.granted(6, 1n)];
    expect(lossBeforeGrant([admitted(1, 1n), gone, grant, a.lost(7)]).violations).toEqual([
      {
        rule: "granted-after-removal",
        message: '"job": token 1 was granted to a after the store removed its entry',
        events: [gone, grant],
      },
    ]);
  });
});
