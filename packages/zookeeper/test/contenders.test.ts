import { expect, test } from "vitest";
import { idIn, isContender, isNameOf, isNextAfter, nameStem, rivalsAhead } from "../src/contenders.ts";

const keys = (line: string, names: readonly string[], own: string) =>
  rivalsAhead(line, names, own)?.map(({ key }) => key);

test("names are Curator's: a mutex', a reader's and a writer's", () => {
  expect(nameStem("7f-1", "lock")).toBe("_c_7f-1-lock-");
  expect(nameStem("7f-1", "__READ__")).toBe("_c_7f-1-__READ__");
  const kinds = ["_c_7f-1-lock-0000000001", "_c_7f-1-__READ__0000000002", "_c_7f-1-__WRIT__0000000003"];
  expect(rivalsAhead("/l", kinds, "_c_x-lock-0000000009")?.map(({ kind }) => kind)).toEqual([
    "lock",
    "__READ__",
    "__WRIT__",
  ]);
});

test("another program's names have a place, and a kind that is not known", () => {
  const names = ["0000000001", "5f4e__lock__0000000002", "x-0000000003", "settings", "0123456789ab"];
  expect(rivalsAhead("/l", names, "_c_x-lock-0000000009")).toEqual([
    { key: "l/0000000001", kind: undefined },
    { key: "l/5f4e__lock__0000000002", kind: undefined },
    { key: "l/x-0000000003", kind: undefined },
  ]);
});

test.each([
  ["_c_a-lock-0000000007", "_c_b-lock-0000000008"],
  ["_c_a-lock-0000000007", "_c_b-lock-2147483646"],
])("%s stands before %s", (first, second) => {
  expect(keys("/l", [second, first], second)).toEqual([`l/${first}`]);
  expect(keys("/l", [second, first], first)).toEqual([]);
});

test.each([
  ["_c_a-lock-2147483646", "_c_b-lock-2147483647"],
  ["_c_a-lock-2147483647", "_c_b-lock-2147483647"],
  ["_c_a-lock-2147483647", "_c_b-lock--2147483648"],
  ["_c_a-__READ__2147483647", "_c_b-__READ__-2147483648"],
  ["_c_a-lock--2147483648", "_c_b-lock--2147483647"],
  ["_c_a-lock--000000001", "_c_b-lock-0000000000"],
])(
  "which of %s and %s stands before the other, the numbers don't tell, nor that one follows on the other",
  (one, other) => {
    expect(keys("/l", [one, other], one)).toBe(undefined);
    expect(keys("/l", [one, other], other)).toBe(undefined);
    expect([isNextAfter(one, other), isNextAfter(other, one)]).toEqual([false, false]);
  },
);

test("a place is found by its ticket's id and no other's", () => {
  expect(isNameOf("_c_id-1-lock-0000000001", "id-1")).toBe(true);
  expect(isNameOf("_c_id-12-lock-0000000001", "id-1")).toBe(false);
  expect(isNameOf("_c_id-1-settings", "id-1")).toBe(false);
});

test("only a contender's key is one that is never used again", () => {
  expect(isContender("a/_c_id-lock-0000000001")).toBe(true);
  for (const key of ["a/lock-0000000001", "a/_c_id-lock", "a/_c_id-lock-0000000001/below"]) {
    expect(isContender(key), key).toBe(false);
  }
});

test.each([
  ["l/_c_7f-1-lock-0000000001", "7f-1"],
  ["l/_c_7f-1-lock--000000001", "7f-1"],
  ["_c_a-__WRIT__-2147483648", "a"],
  ["l/x-0000000003", undefined],
  ["l/_c_a-lock", undefined],
])("%s is the key of %s", (key, id) => {
  expect(idIn(key)).toBe(id);
});
