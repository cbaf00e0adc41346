import { expect, test } from "vitest";
import { Roster } from "../src/roster.ts";

test("members are in the order in which they came, and leave from anywhere, once", () => {
  const roster = new Roster<string>();
  const [first, second, third] = ["a", "b", "a"].map((member) => roster.add(member));
  expect([...roster]).toEqual(["a", "b", "a"]);
  second?.();
  second?.();
  expect([...roster]).toEqual(["a", "a"]);
  roster.add("c");
  third?.();
  expect([...roster]).toEqual(["a", "c"]);
  first?.();
  expect([...roster]).toEqual(["c"]);
  expect(roster.isEmpty).toBe(false);
});

test("all can leave together; who does so again changes nothing", () => {
  const roster = new Roster<string>();
  const leave = roster.add("a");
  roster.add("b");
  roster.clear();
  expect([...roster]).toEqual([]);
  expect(roster.isEmpty).toBe(true);
  roster.add("c");
  leave();
  expect([...roster]).toEqual(["c"]);
});

test("who leaves or comes while they are told changes nothing for those who are told", () => {
  const roster = new Roster<string>();
  const leaves = ["a", "b", "c"].map((member) => roster.add(member));
  const told: string[] = [];
  for (const member of roster) {
    told.push(member);
    for (const leave of leaves) leave();
    roster.add("d");
  }
  expect(told).toEqual(["a", "b", "c"]);
  expect([...roster]).toEqual(["d", "d", "d"]);
});
