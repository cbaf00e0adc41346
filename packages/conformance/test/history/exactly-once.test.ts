import { describe, expect, it } from "vitest";
import { exactlyOnce } from "../../src/history/index.ts";
import { Attempt, died } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const c = new Attempt("c", "c1");
const complete = { complete: true };

describe("exactlyOnce accepts", () => {
  it("calls that were granted and released, granted and lost, refused, cancelled", () => {
    const d = new Attempt("d", "d1");
    const history = [
      ...[a.asked(0), b.asked(0), c.asked(0), d.asked(0)],
      ...[a.granted(1, 1n), c.refused(2), d.cancelled(2), a.released(3), b.granted(4, 2n), b.lost(5)],
    ];
    expect(exactlyOnce(history, complete)).toEqual([]);
  });

  it("calls and holds still open, as long as the history is not complete", () => {
    expect(exactlyOnce([a.asked(0), a.granted(1, 1n), b.asked(2)])).toEqual([]);
  });

  it("release called after the loss, and twice", () => {
    expect(exactlyOnce([a.asked(0), a.granted(1, 1n), a.lost(2), a.released(3), a.released(4)], complete)).toEqual([]);
  });

  it("calls and holds that ended with their process", () => {
    const waiting = new Attempt("a", "a2");
    expect(exactlyOnce([a.asked(0), a.granted(1, 1n), waiting.asked(2), died(3, "a")], complete)).toEqual([]);
  });
});

describe("exactlyOnce rejects", () => {
  const asked = a.asked(0);
  const granted = a.granted(1, 1n);

  it("a double grant", () => {
    const again = a.granted(2, 2n);
    expect(exactlyOnce([asked, granted, again])).toEqual([
      {
        rule: "granted-twice",
        message: 'attempt a1 of a on "job": granted after asked, granted',
        events: [asked, granted, again],
      },
    ]);
  });

  it("a double grant after the first hold ended", () => {
    const [released, again] = [a.released(2), a.granted(3, 2n)];
    expect(exactlyOnce([asked, granted, released, again])).toMatchObject([
      { rule: "granted-twice", events: [asked, granted, released, again] },
    ]);
  });

  it.each(["cancelled", "refused"] as const)("a grant after it was %s, at the same instant too", (kind) => {
    const [end, late] = [a[kind](1), a.granted(1, 1n)];
    expect(exactlyOnce([asked, end, late])).toMatchObject([{ rule: "granted-after-end", events: [asked, end, late] }]);
  });

  it.each(["cancelled", "refused"] as const)("a granted attempt that was %s", (kind) => {
    const end = a[kind](2);
    expect(exactlyOnce([asked, granted, end])).toMatchObject([
      { rule: "declined-after-grant", events: [asked, granted, end] },
    ]);
  });

  it("an attempt both refused and cancelled", () => {
    const [refused, cancelled] = [a.refused(1), a.cancelled(2)];
    expect(exactlyOnce([asked, refused, cancelled])).toMatchObject([
      { rule: "event-after-end", events: [asked, refused, cancelled] },
    ]);
  });

  it.each([
    ["lost after lost", [a.lost(2), a.lost(3)]],
    ["lost after released", [a.released(2), a.lost(3)]],
    ["cancelled after released", [a.released(2), a.cancelled(3)]],
  ])("a hold that was %s", (_case, end) => {
    expect(exactlyOnce([asked, granted, ...end])).toMatchObject([
      { rule: "event-after-end", events: [asked, granted, ...end] },
    ]);
  });

  it("a release after the call was refused", () => {
    const [refused, released] = [a.refused(1), a.released(2)];
    expect(exactlyOnce([asked, refused, released])).toMatchObject([{ rule: "event-after-end" }]);
  });

  it.each(["lost", "released"] as const)("a hold %s that was never granted", (kind) => {
    const end = a[kind](1);
    expect(exactlyOnce([asked, end])).toMatchObject([{ rule: "ended-without-grant", events: [asked, end] }]);
  });

  it("a grant that nobody asked for", () => {
    expect(exactlyOnce([b.asked(0), granted])).toMatchObject([{ rule: "never-asked", events: [granted] }]);
  });

  it("an attempt asked twice", () => {
    const again = a.asked(2);
    expect(exactlyOnce([asked, granted, again])).toMatchObject([
      { rule: "asked-twice", events: [asked, granted, again] },
    ]);
  });

  it("a call that never ended, in a complete history", () => {
    expect(exactlyOnce([asked, b.asked(1), b.refused(2)], complete)).toEqual([
      { rule: "call-never-ended", message: 'attempt a1 of a on "job": its call never ended', events: [asked] },
    ]);
  });

  it("a hold that never ended, in a complete history", () => {
    expect(exactlyOnce([asked, granted, died(3, "b")], complete)).toMatchObject([
      { rule: "hold-never-ended", events: [asked, granted] },
    ]);
  });
});
