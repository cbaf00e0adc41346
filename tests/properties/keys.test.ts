import { toKey, toName } from "@coord/core";
import { assertKey } from "@coord/core/spi";
import fc from "fast-check";
import { expect, test } from "vitest";

const isName = (text: string) => {
  try {
    toKey(text);
    return true;
  } catch {
    return false;
  }
};
/** ZooKeeper refuses all of these in a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const notEverywhere = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

const names = fc
  .array(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join("/"))
  .filter(isName);

test("a key gives back the name it was made from", () => {
  fc.assert(
    fc.property(names, (name) => toName(toKey(name)) === name),
    { numRuns: 2_000 },
  );
});

test("two names have two keys", () => {
  fc.assert(
    fc.property(names, names, (one, other) => (one === other) === (toKey(one) === toKey(other))),
    { numRuns: 2_000 },
  );
});

test("every key is one that each store can hold", () => {
  fc.assert(
    fc.property(names, (name) => {
      const key = toKey(name);
      assertKey(key);
      return !notEverywhere.test(key) && key.split("/").length === name.split("/").length;
    }),
    { numRuns: 2_000 },
  );
});

test("what most people write stays as it is", () => {
  for (const name of ["cron/nightly-invoice", "orders_2", "Straße/ü", "日本", "a b", "x.y:z@1"])
    expect(toKey(name)).toBe(name);
});

test("whatever is passed, it is a key or a UsageError", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        return typeof toKey(value as string) === "string";
      } catch (error) {
        return (error as { code?: string }).code === "USAGE";
      }
    }),
    { numRuns: 2_000 },
  );
});
