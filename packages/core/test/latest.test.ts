import { expect, test } from "vitest";
import { Latest } from "../src/latest.ts";

test("gives the newest value and skips what was replaced", async () => {
  const latest = new Latest<number>();
  for (const value of [1, 2, 3]) latest.push(value);
  expect(await latest.next()).toEqual({ done: false, value: 3 });
});

test("a waiting reader is woken by the next value", async () => {
  const latest = new Latest<number>();
  const next = latest.next();
  latest.push(1);
  expect(await next).toEqual({ done: false, value: 1 });
});

test("end() ends after what is pending, and the signal at once", async () => {
  const ended = new Latest<number>();
  ended.push(1);
  ended.end();
  expect([await ended.next(), await ended.next()]).toEqual([
    { done: false, value: 1 },
    { done: true, value: undefined },
  ]);
  const abort = new AbortController();
  const aborted = new Latest<number>({ signal: abort.signal });
  aborted.push(1);
  abort.abort();
  expect(await aborted.next()).toEqual({ done: true, value: undefined });
});

test("fail() throws once, after what is pending", async () => {
  const latest = new Latest<number>();
  latest.push(1);
  latest.fail(new Error("gone"));
  expect((await latest.next()).value).toBe(1);
  await expect(latest.next()).rejects.toThrow("gone");
  expect((await latest.next()).done).toBe(true);
});

test.each(["return", "end", "signal"] as const)("onEnd runs once, by %s", async (way) => {
  let ends = 0;
  const abort = new AbortController();
  const latest = new Latest<number>({
    signal: abort.signal,
    onEnd: () => {
      ends += 1;
    },
  });
  if (way === "return") await latest.return();
  if (way === "end") latest.end();
  if (way === "signal") abort.abort();
  latest.end();
  await latest.return();
  expect(ends).toBe(1);
});

test("a reader that waits when it is ended is woken", async () => {
  const latest = new Latest<number>();
  const next = latest.next();
  latest.end();
  expect((await next).done).toBe(true);
});

test("calls that wait are answered in their order, and all of them at the end", async () => {
  const latest = new Latest<number>();
  const waiting = [latest.next(), latest.next(), latest.next()];
  latest.push(1);
  expect(await waiting[0]).toEqual({ done: false, value: 1 });
  latest.end();
  expect(await Promise.all(waiting.slice(1))).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});
