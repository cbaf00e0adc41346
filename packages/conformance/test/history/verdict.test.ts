import { describe, expect, it } from "vitest";
import { describeEvent, exclusion, verdict } from "../../src/history/index.ts";
import { Attempt, admitted, died, opened, operation, seen, truth, wrote } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");

describe("verdict", () => {
  it("says so of a good history", () => {
    expect(verdict([a.asked(0)], [])).toBe("no violation in 1 event");
  });

  it("prints each violation with its events marked, and those around them", () => {
    const history = [
      ...[opened(-2), a.asked(-1), b.asked(0), a.granted(1, 1n), seen(2, 1n), seen(3, 2n)],
      ...[seen(4, 3n), admitted(5, 2n), b.granted(6.25, 2n), a.lost(7), died(8, "c")],
    ];
    expect(verdict(history, exclusion(history), { around: 1 })).toBe(
      [
        "1 violation in 11 events",
        "",
        '1. overlap: "job": 2 held at once where 1 may be, by a, b',
        "     …",
        "            0.000 b          asked     job attempt=b1",
        "   >        1.000 a          granted   job attempt=a1 token=1",
        "            2.000 a          seen      config version=1",
        "     …",
        "            5.000 store      admitted  job token=2",
        "   >        6.250 b          granted   job attempt=b1 token=2",
        "            7.000 a          lost      job attempt=a1",
        "     …",
      ].join("\n"),
    );
  });

  it("counts the violations that it doesn't print", () => {
    const grants = Array.from({ length: 5 }, (_, index) =>
      new Attempt(`c${index}`, `c${index}`).granted(index, BigInt(index)),
    );
    const printed = verdict(grants, exclusion(grants), { most: 2 });
    expect(printed).toMatch(/^4 violations in 5 events\n\n1\. .*\n\n2\. .*\n\n… and 2 more violations$/s);
    expect(printed).not.toContain("3. ");
  });
});

describe("an event in one line", () => {
  it.each([
    [a.granted(1, 2n, 3), "1.000 a          granted   job attempt=a1 token=2 weight=3"],
    [died(1, "a"), "1.000 a          died"],
    [wrote(1, 2n), "1.000 c2         write     file token=2 accepted"],
    [wrote(1, 2n, false), "1.000 c2         write     file token=2 rejected"],
    [seen(1, 2n, { stale: true, value: "x" }), '1.000 a          seen      config version=2 stale value="x"'],
    [truth(1, 2n, { value: "x" }), '1.000 store      truth     config version=2 value="x"'],
    [
      operation("a", 1, 2, { type: "read" }, { type: "ok", value: "x", version: "7" }),
      '1.000 a          operation k read() -> ok "x" at 7 (returned 2.000)',
    ],
    [
      operation("a", 1, undefined, { type: "cas", expected: "x", value: "y" }, { type: "unknown" }),
      '1.000 a          operation k cas("y" if "x") -> unknown (never returned)',
    ],
    [
      operation("a", 1, 2, { type: "remove", version: "7" }, { type: "failed" }),
      "1.000 a          operation k remove(at 7) -> failed (returned 2.000)",
    ],
  ])("%#", (event, line) => {
    expect(describeEvent(event).trimStart()).toBe(line);
  });
});
