import type { Entry } from "@coord/core/spi";
import { expect, test } from "vitest";
import { KnownChildren } from "../src/known-children.ts";

const entry = (key: string, bytes = 1): Entry => ({
  key,
  value: new Uint8Array(bytes),
  version: "1",
  order: 1n,
  session: undefined,
});

const names = (known: KnownChildren, under: string) => known.children(under)?.map(({ key }) => key);

test("a directory is known as it was read, and kept in order by what changes in it", () => {
  const known = new KnownChildren();
  expect(known.empty).toBe(true);
  expect(known.children("a")).toBeUndefined();
  known.learn("a", [entry("a/b"), entry("a/d")]);
  for (const key of ["a/c", "a/e", "a/a"]) known.change(key, entry(key));
  known.change("a/d", undefined);
  known.change("a/x", undefined);
  known.change("elsewhere/x", entry("elsewhere/x"));
  expect(names(known, "a")).toEqual(["a/a", "a/b", "a/c", "a/e"]);
  expect(known.entry("a/zzz")).toBeNull();
  expect(known.entry("elsewhere/x")).toBeUndefined();
  const newer = entry("a/b", 2);
  known.change("a/b", newer);
  expect(known.entry("a/b")).toBe(newer);
  expect(known.entry("a/bb")).toBeNull();
});

test("what takes too much memory is forgotten, or not learned at all", () => {
  const known = new KnownChildren();
  const big = 3 * 2 ** 20;
  known.learn("a", [entry("a/1", big), entry("a/2", big)]);
  known.learn("b", [entry("b/1", big)]);
  expect(names(known, "a")).toBeUndefined();
  expect(names(known, "b")).toEqual(["b/1"]);
  known.change("b/2", entry("b/2", 2 * big));
  expect(known.empty).toBe(true);
  known.learn("c", [entry("c/1", 3 * big)]);
  expect(known.empty).toBe(true);
  known.learn("d", [entry("d/1", big)]);
  for (let round = 0; round < 10; round += 1) known.change("d/1", entry("d/1", big));
  expect(names(known, "d")).toEqual(["d/1"]);
});

test("directories take memory too, also empty ones", () => {
  const known = new KnownChildren();
  for (let count = 0; count < 50_000; count += 1) known.learn(`orders/${count}`, []);
  expect(known.children("orders/0")).toBeUndefined();
  expect(known.children("orders/49999")).toEqual([]);
});
