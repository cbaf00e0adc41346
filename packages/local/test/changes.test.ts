import { mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { Changes } from "../src/changes.ts";

let path: string;
let changes: Changes;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "coord-changes-"));
  path = join(folder, "changes");
  changes = new Changes(path, 0o600);
  onTestFinished(() => {
    changes.close();
    rmSync(folder, { recursive: true });
  });
});

const first = 2n ** 41n;
const change = (number: number) => ({ revision: first + BigInt(number), keys: [`line/${number}`, "ä/%2F"] });

test("what commits wrote is told to others, one by one and in order", () => {
  const others = new Changes(path, 0o600);
  onTestFinished(() => others.close());
  changes.write([change(1), change(2), { revision: first + 3n, keys: [] }]);
  expect(others.between(first, first + 3n)).toEqual([change(1), change(2), { revision: first + 3n, keys: [] }]);
  expect(others.between(first + 3n, first + 3n)).toEqual([]);
});

test("nobody is told of a part: one that could not be written, or that has no room, leaves all unknown", () => {
  changes.write([change(1), change(3)]);
  expect(changes.between(first, first + 3n)).toBeUndefined();
  expect(changes.between(first + 2n, first + 3n)).toEqual([change(3)]);
  const keys = Array.from({ length: 100 }, (_, index) => `services/web/instance-${index}`);
  changes.write([{ revision: first + 4n, keys }, change(5)]);
  expect(changes.between(first + 3n, first + 4n)).toBeUndefined();
  expect(changes.between(first + 4n, first + 5n)).toEqual([change(5)]); // the long one took no room of the next
});

test("what was half overwritten or cut off is not believed", () => {
  changes.write([change(1)]);
  const place = Number((first + 1n) % 1024n) * 1024;
  const file = openSync(path, "r+");
  writeSync(file, "X", place + 20);
  expect(changes.between(first, first + 1n)).toBeUndefined();
  changes.write([change(1)]);
  expect(changes.between(first, first + 1n)).toEqual([change(1)]);
  truncateSync(path, place + 18);
  expect(changes.between(first, first + 1n)).toBeUndefined();
});

test("who is more than a lap behind is told nothing, not what stands there by now", () => {
  for (let number = 1; number <= 1025; number += 1) changes.write([change(number)]);
  expect(changes.between(first, first + 1025n)).toBeUndefined();
  expect(changes.between(first + 1n, first + 1025n)).toHaveLength(1024);
  expect(changes.between(first, first + 1n)).toBeUndefined();
});
