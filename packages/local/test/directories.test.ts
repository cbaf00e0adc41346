import type { Entry } from "@coord/core/spi";
import { expect, test } from "vitest";
import { Directories } from "../src/directories.ts";

const entry = (key: string, bytes = 1): Entry => ({
  key,
  value: new Uint8Array(bytes),
  version: "1",
  order: 1n,
  session: undefined,
});

const names = (directories: Directories, under: string) => directories.children(under)?.map(({ key }) => key);

test("a directory is known as it was read, and kept in order by what changes in it", () => {
  const directories = new Directories();
  expect(directories.empty).toBe(true);
  expect(directories.children("a")).toBeUndefined();
  directories.learn("a", [entry("a/b"), entry("a/d")]);
  for (const key of ["a/c", "a/e", "a/a"]) directories.change(key, entry(key));
  directories.change("a/d", undefined);
  directories.change("a/x", undefined);
  directories.change("elsewhere/x", entry("elsewhere/x"));
  expect(names(directories, "a")).toEqual(["a/a", "a/b", "a/c", "a/e"]);
  expect(directories.knows("a/zzz")).toBe(true);
  expect(directories.knows("elsewhere/x")).toBe(false);
  const newer = entry("a/b", 2);
  directories.change("a/b", newer);
  expect(directories.entry("a/b")).toBe(newer);
  expect(directories.entry("a/bb")).toBeUndefined();
});

test("what takes too much memory is forgotten, or not learned at all", () => {
  const directories = new Directories();
  const big = 3 * 2 ** 20;
  directories.learn("a", [entry("a/1", big), entry("a/2", big)]);
  directories.learn("b", [entry("b/1", big)]);
  expect(names(directories, "a")).toBeUndefined();
  expect(names(directories, "b")).toEqual(["b/1"]);
  directories.change("b/2", entry("b/2", 2 * big));
  expect(directories.empty).toBe(true);
  directories.learn("c", [entry("c/1", 3 * big)]);
  expect(directories.empty).toBe(true);
  directories.learn("d", [entry("d/1", big)]);
  for (let round = 0; round < 10; round += 1) directories.change("d/1", entry("d/1", big));
  expect(names(directories, "d")).toEqual(["d/1"]);
});
