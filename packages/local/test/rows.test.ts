import { expect, test } from "vitest";
import {
  boundKeyOf,
  boundRow,
  childrenOf,
  decodeEntry,
  decodeSession,
  encodeEntry,
  encodeSession,
  entryRow,
  keyOf,
  unsavedKeyOf,
  unsavedRow,
} from "../src/rows.ts";

const keys = ["a", "a/b", "a/b/c", "ä/%2F", `${"long/".repeat(30)}x`];

test("a row is read as it was written", () => {
  for (const key of keys) {
    expect(keyOf(entryRow(key))).toBe(key);
    expect(boundKeyOf(boundRow("session-1", key))).toBe(key);
    expect(unsavedKeyOf(unsavedRow(key))).toBe(key);
    for (const session of [undefined, "session-1099511627777"]) {
      const entry = { key, value: Uint8Array.of(0, 255), version: "1099511627778", order: 2n ** 50n, session };
      expect(decodeEntry(key, encodeEntry(entry))).toEqual(entry);
    }
  }
  const session = { id: "session-1", ttlMs: 1_000, expiresAtMs: 123_456.789 };
  expect(decodeSession("session-1", encodeSession(session))).toEqual(session);
});

test("the rows of direct children lie together, and no others among them", () => {
  const { start, end } = childrenOf("a");
  const order = (row: string, other: string) => Buffer.compare(Buffer.from(row), Buffer.from(other));
  const within = (key: string) => order(entryRow(key), start) >= 0 && order(entryRow(key), end) < 0;
  expect(["a/b", "a/c", "a/z"].map(within)).toEqual([true, true, true]);
  expect(["a", "a/b/c", "ab", "ab/c", "b"].map(within)).toEqual([false, false, false, false, false]);
});

test("an entry's value is a copy", () => {
  const row = encodeEntry({ key: "a", value: Uint8Array.of(1), version: "1", order: 1n, session: undefined });
  const { value } = decodeEntry("a", row);
  row.fill(9);
  expect([...value]).toEqual([1]);
});
