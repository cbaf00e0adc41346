import { describe, expect, it } from "vitest";
import { asSeenRunning, exclusion, type PauseEvent } from "../../src/history/index.ts";
import { Attempt } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const stopped = (at: number, client: string): PauseEvent => ({ at, client, kind: "stopped" });
const continued = (at: number, client: string): PauseEvent => ({ at, client, kind: "continued" });
const overlaps = (history: Parameters<typeof asSeenRunning>[0]) => exclusion(asSeenRunning(history)).length;

describe("what is believed while a process stands still", () => {
  it("harms nobody, if the loss is known before the process does anything again", () => {
    const history = [a.granted(1, 1n), stopped(2, "a"), b.granted(5, 2n), b.released(6), a.lost(7), continued(8, "a")];
    expect(overlaps(history)).toBe(0);
  });

  it("counts again once the process goes on and still believes it", () => {
    const history = [a.granted(1, 1n), stopped(2, "a"), b.granted(5, 2n), continued(8, "a"), a.lost(9), b.released(10)];
    expect(overlaps(history)).toBe(1);
  });

  it("counts for those who were not stopped", () => {
    const history = [a.granted(1, 1n), stopped(2, "b"), b.granted(3, 2n), continued(4, "b")];
    expect(overlaps(history)).toBe(1);
  });
});
