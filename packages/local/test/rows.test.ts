import { expect, test } from "vitest";
import {
  boundKeyOf,
  boundRow,
  childrenOf,
  decodeEntry,
  decodeHead,
  decodeSession,
  encodeEntry,
  encodeHead,
  encodeSession,
  entryRow,
  keyOf,
  unsavedKeyOf,
  unsavedRow,
  writeText,
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

test("the head is read as it was written, from a longer piece of memory too, and is nought in a new file", () => {
  const head = { revision: 2n ** 53n + 1n, movements: 7 };
  expect(decodeHead(Buffer.concat([encodeHead(head), Buffer.alloc(100, 9)]))).toEqual(head);
  expect(decodeHead(undefined)).toEqual({ revision: 0n, movements: 0 });
});

test("text is written in UTF-8, whatever is in it", () => {
  for (const text of [...keys, "", "~\u007f", "\u0080", "aü", "a\u{1f512}z"]) {
    const target = Buffer.alloc(200, 9);
    expect(writeText(target, 3, text)).toBe(3 + Buffer.byteLength(text));
    expect(target.toString("utf8", 3, 3 + Buffer.byteLength(text))).toBe(text);
    expect([target[2], target[3 + Buffer.byteLength(text)]]).toEqual([9, 9]);
  }
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
