import { expect, test } from "vitest";
import { Frames, isCut } from "../src/wire/frames.ts";
import { Reader, Writer } from "../src/wire/jute.ts";
import { newConnectionManager, numberInCircles } from "../src/wire/library.ts";
import { Queue } from "../src/wire/queue.ts";

test("requests are numbered round and round, and never with a number that a request can't carry", () => {
  const manager = newConnectionManager(1_000);
  numberInCircles(manager);
  manager.xid = 2 ** 31 - 2;
  const numbers = Array.from({ length: 4 }, () => {
    const number = manager.xid;
    manager.xid += 1;
    return number;
  });
  expect(numbers).toEqual([2 ** 31 - 2, 2 ** 31 - 1, 1, 2]);
});

test("frames come out whole, however the stream is cut, and one after the other", () => {
  const contents = [0, 1, 5, 300, 4].map((length, index) => Buffer.alloc(length, index));
  const stream = Buffer.concat(contents.map((content) => new Writer().bytes(content).finish()));
  for (const size of [1, 2, 3, 5, 7, 100, stream.length]) {
    const frames = new Frames(() => 300);
    const seen: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const frame of frames.take(stream.subarray(at, at + size))) seen.push(Buffer.from(frame.subarray(4)));
    }
    expect(seen, `in pieces of ${size}`).toEqual(contents);
  }
});

test("of a frame that is too long the head is kept, and what follows it comes out whole", () => {
  const contents = [Buffer.alloc(301, 1), Buffer.alloc(7, 2), Buffer.alloc(4_000, 3), Buffer.alloc(300, 4)];
  const stream = Buffer.concat(contents.map((content) => new Writer().bytes(content).finish()));
  for (const size of [1, 3, 19, 20, 21, 100, 500, stream.length]) {
    const frames = new Frames(() => 300);
    const seen: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) seen.push(...frames.take(stream.subarray(at, at + size)));
    expect(seen.map(isCut), `in pieces of ${size}`).toEqual([true, false, true, false]);
    expect(seen.map((frame) => frame.readInt32BE(0))).toEqual(contents.map(({ length }) => length));
    expect([seen[1]?.subarray(4), seen[3]?.subarray(4)]).toEqual([contents[1], contents[3]]);
  }
});

test.each([4_801, -1, 2 ** 31 - 1])("a frame of %i bytes is refused before it is awaited", (length) => {
  const frames = new Frames(() => 300);
  expect(() => [...frames.take(new Writer().int(length).finish())]).toThrow(/bytes/);
});

test("a record is read back as it was written; what it doesn't have is not read", () => {
  const bytes = new Writer()
    .int(-5)
    .bool(true)
    .text("ü/%")
    .bytes(null)
    .bytes(Buffer.from([1, 2]))
    .finish();
  const reader = new Reader(bytes);
  expect([reader.int(), reader.bool(), reader.text(), reader.bytes(), [...(reader.bytes() ?? [])]]).toEqual([
    -5,
    true,
    "ü/%",
    null,
    [1, 2],
  ]);
  expect(() => reader.int()).toThrow(/announced/);
});

test("a queue gives what it was given, in order, however they alternate", () => {
  const queue = new Queue<number>();
  const out: number[] = [];
  let next = 0;
  for (let round = 1; round < 60; round += 1) {
    for (let count = 0; count < (round * 7) % 11; count += 1) queue.push(next++);
    for (let count = 0; count < (round * 5) % 9; count += 1) {
      expect(queue.first).toBe(out.length < next ? out.length : undefined);
      const item = queue.shift();
      if (item !== undefined) out.push(item);
    }
  }
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) out.push(item);
  expect(out).toEqual(Array.from({ length: next }, (_, index) => index));
});
