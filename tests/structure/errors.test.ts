import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./workspace.ts";

test("every error code has its place in the documents, and each place its code", async () => {
  const source = await readFile(join(root, "packages/core/src/errors.ts"), "utf8");
  const union = /type ErrorCode =([^;]+);/.exec(source)?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
  const page = await readFile(join(root, "docs/errors.md"), "utf8");
  const places = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(codes.length).toBeGreaterThan(10);
  expect(places.toSorted()).toEqual(codes.toSorted());
});
