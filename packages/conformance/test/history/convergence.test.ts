import { describe, expect, it } from "vitest";
import { convergence } from "../../src/history/index.ts";
import { closed, died, opened, seen, truth } from "./building.ts";

const complete = { complete: true };

describe("convergence accepts", () => {
  it("a view that skips versions, repeats one, and ends on the last", () => {
    const history = [truth(0, 1n), seen(1, 1n), truth(2, 2n), truth(3, 3n), seen(4, 3n), seen(5, 3n, { stale: true })];
    expect(convergence(history, complete)).toEqual([]);
  });

  it("a view that showed the last version before the test noted it", () => {
    expect(convergence([seen(1, 3n, { value: "x" }), truth(2, 3n, { value: "x" })], complete)).toEqual([]);
  });

  it("clients that are behind each other", () => {
    expect(
      convergence([seen(1, 3n), seen(2, 1n, { client: "b" }), seen(3, 3n, { client: "b" }), truth(4, 3n)], complete),
    ).toEqual([]);
  });

  it("a view that is behind at the end of a history that is not complete", () => {
    expect(convergence([seen(1, 1n), truth(2, 2n)])).toEqual([]);
  });

  it("a view that was closed, and one whose process died, before the last version", () => {
    const history = [seen(1, 1n), closed(2), seen(1, 1n, { client: "b" }), died(2, "b"), truth(3, 2n)];
    expect(convergence(history, complete)).toEqual([]);
  });

  it("an old version as stale, and as fresh for as long as it may be", () => {
    const history = [truth(0, 1n), truth(10, 2n), seen(14, 1n), seen(90, 1n, { stale: true }), seen(91, 2n)];
    expect(convergence(history, { complete: true, freshWithinMs: 5 })).toEqual([]);
  });
});

describe("convergence rejects", () => {
  it("a stale view going back", () => {
    const [before, after] = [seen(1, 2n), seen(2, 1n, { stale: true })];
    expect(convergence([before, after])).toEqual([
      { rule: "view-went-back", message: '"config" at a: version 1 as stale after version 2', events: [before, after] },
    ]);
  });

  it("a view that goes back from what it showed as stale", () => {
    const [before, after] = [seen(1, 2n, { stale: true }), seen(2, 1n)];
    expect(convergence([before, after])).toMatchObject([{ rule: "view-went-back", events: [before, after] }]);
  });

  it("an old version shown as fresh after a newer one", () => {
    const [before, after] = [seen(1, 2n), seen(3, 1n)];
    expect(convergence([before, seen(2, 2n, { stale: true }), after])).toEqual([
      {
        rule: "old-shown-as-fresh",
        message: '"config" at a: version 1 as fresh after version 2',
        events: [before, after],
      },
    ]);
  });

  it("each step below the highest version", () => {
    const [top, low, higher] = [seen(1, 5n), seen(2, 2n), seen(3, 3n)];
    expect(convergence([top, low, higher])).toMatchObject([{ events: [top, low] }, { events: [top, higher] }]);
  });

  it("stale marked as fresh: superseded longer ago than a fresh view may lag", () => {
    const [old, superseding, late] = [truth(0, 1n), truth(10, 2n), seen(15, 1n)];
    expect(convergence([old, superseding, late, truth(16, 3n)], { freshWithinMs: 5 })).toEqual([
      {
        rule: "stale-as-fresh",
        message: '"config" at a: version 1 shown as fresh, version 2 is 5 ms old',
        events: [superseding, late],
      },
    ]);
  });

  it("stale marked as fresh, although the truth was noted out of order", () => {
    const [newest, late] = [truth(0, 3n), seen(10, 2n)];
    const history = [newest, truth(1, 1n), truth(2, 2n), late];
    expect(convergence(history, { freshWithinMs: 5 })).toMatchObject([{ events: [newest, late] }]);
  });

  it("a view that never converges", () => {
    const [last, end] = [seen(1, 1n), truth(2, 2n)];
    expect(convergence([last, end], complete)).toEqual([
      {
        rule: "never-converged",
        message: '"config" at a ends on version 1, the last version is 2',
        events: [last, end],
      },
    ]);
  });

  it("a view that ends on a version beyond the last", () => {
    const [end, last] = [truth(1, 2n), seen(2, 3n)];
    expect(convergence([end, last], complete)).toMatchObject([{ rule: "never-converged", events: [end, last] }]);
  });

  it("the one view of several that never converges", () => {
    const [behind, end] = [seen(1, 1n, { client: "b" }), truth(2, 2n)];
    expect(convergence([behind, end, seen(3, 2n)], complete)).toMatchObject([{ events: [behind, end] }]);
  });

  it("a view that never showed anything", () => {
    const [start, end] = [opened(0), truth(2, 2n)];
    expect(convergence([start, end], complete)).toMatchObject([{ rule: "never-converged", events: [start, end] }]);
  });

  it("a view opened again after it was closed", () => {
    const history = [seen(0, 1n), closed(1), opened(2), truth(3, 2n)];
    expect(convergence(history, complete)).toMatchObject([{ rule: "never-converged" }]);
  });

  it("a value that the version never had", () => {
    const [real, invented] = [truth(2, 2n, { value: "x" }), seen(1, 2n, { value: "y" })];
    expect(convergence([invented, real])).toEqual([
      { rule: "invented-value", message: '"config": version 2 is "x" and "y"', events: [real, invented] },
    ]);
  });

  it("two values of one version at two clients", () => {
    const [one, other] = [seen(1, 2n, { value: "x" }), seen(2, 2n, { value: "y", client: "b" })];
    expect(convergence([one, other])).toMatchObject([{ rule: "invented-value", events: [one, other] }]);
  });
});
