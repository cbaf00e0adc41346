import { expect, test } from "vitest";
import { changedInOrder, inOrderOfKeys } from "../src/in-order.ts";
import type { Kept } from "../src/view.ts";

const kept = (revision: number): Kept => ({
  value: Buffer.from(String(revision)),
  create_revision: "1",
  mod_revision: String(revision),
  lease: "0",
});

test("entries that are kept up with changes are those that would be made anew", () => {
  const all = new Map<string, Kept>(Array.from({ length: 40 }, (_, n) => [`d/${(n * 7) % 40}`, kept(1)] as const));
  let entries = inOrderOfKeys(all);
  for (let round = 2; round < 400; round += 1) {
    const before = [...entries];
    const keys = new Set([`d/${(round * 13) % 60}`, `d/${(round * 29) % 60}`].slice(0, 1 + (round % 2)));
    for (const key of keys) {
      if ((round + key.length) % 3 === 0) all.delete(key);
      else all.set(key, kept(round));
    }
    const changed = changedInOrder(entries, keys, all);
    expect(entries).toEqual(before); // whoever has them keeps what he was given
    expect(changed).toEqual(inOrderOfKeys(all));
    entries = changed ?? [];
  }
});

test("after a change of most of them they are made anew", () => {
  const all = new Map([["a", kept(1)]]);
  expect(changedInOrder(inOrderOfKeys(all), new Set(["b", "c"]), all)).toBeUndefined();
  expect(changedInOrder([], new Set(["a"]), all)).toEqual(inOrderOfKeys(all));
});
