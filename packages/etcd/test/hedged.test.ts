import { expect, test } from "vitest";
import { RpcFailure, Silence } from "../src/failure.ts";
import { type Hedge, hedged } from "../src/hedged.ts";
import { clock } from "./scripted.ts";

/** Members who answer with their names after so many ms, fail if it is negative, or never answer. */
function asking(script: Readonly<Record<string, number>>, more: Partial<Hedge<string, string>> = {}) {
  const time = clock(10);
  const { runtime } = time;
  const asked: [string, number][] = [];
  const ended: string[] = [];
  const answer = hedged<string, string>(runtime, {
    among: Object.keys(script),
    afterMs: 300,
    withinMs: 900,
    failed: () => true,
    ask: (whom, race) => {
      asked.push([whom, runtime.now()]);
      const delayMs = script[whom] ?? 0;
      return new Promise((resolve, reject) => {
        const done = () => (delayMs < 0 ? reject(new RpcFailure("elsewhere", whom)) : resolve(whom));
        const timer = runtime.timer(Math.abs(delayMs), done);
        race.join((reason) => {
          ended.push(whom);
          timer.cancel();
          reject(reason);
        });
      });
    },
    ...more,
  });
  const outcome = answer.then(
    ({ by, askedMs, silent }) => ({ by, askedMs, silent: Object.fromEntries(silent) }),
    (error: unknown) => error,
  );
  return { ...time, asked, ended, outcome };
}

test("who answers at once is asked alone", async () => {
  const { outcome, passes, asked, timers } = asking({ a: 10, b: 10 });
  await passes(1_000);
  expect(await outcome).toEqual({ by: "a", askedMs: 0, silent: {} });
  expect(asked).toEqual([["a", 0]]);
  expect(timers()).toBe(0);
});

test("when all are slow the first one's answer is waited for, and the others are ended", async () => {
  const { outcome, passes, asked, ended, timers } = asking({ a: 700, b: 700, c: 700 });
  await passes(750);
  expect(await outcome).toEqual({ by: "a", askedMs: 0, silent: { b: 300, c: 600 } });
  expect(asked.map(([whom]) => whom)).toEqual(["a", "b", "c"]);
  expect(ended.filter((whom) => whom !== "a")).toEqual(["b", "c"]);
  expect(timers()).toBe(0);
});

test("a silent one is told from the one who answers", async () => {
  const { outcome, passes, ended, timers } = asking({ a: 100_000, b: 20 });
  await passes(400);
  expect(await outcome).toEqual({ by: "b", askedMs: 300, silent: { a: 0 } });
  expect(ended).toContain("a");
  expect(timers()).toBe(0);
});

test("one who fails is followed by the next at once, and a failure beside a silence ends nothing", async () => {
  const { outcome, passes, asked } = asking({ a: 600, b: -10, c: -10 });
  await passes(700);
  expect(asked).toEqual([
    ["a", 0],
    ["b", 300],
    ["c", 310],
  ]);
  expect(await outcome).toMatchObject({ by: "a" });
});

test("the last failure is told when all have failed, and at once one after which nobody else may be asked", async () => {
  const all = asking({ a: -10, b: -10 });
  await all.passes(100);
  expect(await all.outcome).toMatchObject({ message: "b" });
  const first = asking({ a: -10, b: -10 }, { failed: () => false });
  await first.passes(100);
  expect(await first.outcome).toMatchObject({ message: "a" });
  expect(first.asked.length + all.timers() + first.timers()).toBe(1);
});

test("silence of all ends when the time is over, and a signal ends all of it with its own reason", async () => {
  const silent = asking({ a: 100_000, b: 100_000 });
  await silent.passes(950);
  expect(await silent.outcome).toBeInstanceOf(Silence);
  const quitting = new AbortController();
  const left = asking({ a: 100_000, b: 100_000 }, { signal: quitting.signal });
  await left.passes(350);
  quitting.abort("enough");
  expect(await left.outcome).toBe("enough");
  expect([silent.ended, left.ended]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
  expect(silent.timers() + left.timers()).toBe(0);
});

test("nobody is asked for one whose signal is aborted already", async () => {
  const { outcome, asked, timers } = asking({ a: 10 }, { signal: AbortSignal.abort("before") });
  expect(await outcome).toBe("before");
  expect(asked.length + timers()).toBe(0);
});

test("one who is asked a second time may answer after the first attempt has failed", async () => {
  let attempts = 0;
  const { runtime, passes } = clock(10);
  const answer = hedged<string, string>(runtime, {
    among: ["a", "a"],
    afterMs: 300,
    withinMs: 900,
    failed: () => true,
    ask: (whom) => {
      attempts += 1;
      const isFirst = attempts === 1;
      return new Promise((resolve, reject) => {
        const done = () => (isFirst ? reject(new RpcFailure("unknown", "late")) : resolve(whom));
        runtime.timer(isFirst ? 400 : 200, done);
      });
    },
  });
  const outcome = answer.then(
    ({ by, askedMs }) => ({ by, askedMs }),
    (error: unknown) => error,
  );
  await passes(600);
  expect(await outcome).toEqual({ by: "a", askedMs: 300 });
});

test("one who was asked twice has been silent since the first time", async () => {
  const { outcome, passes } = asking({ a: 100_000, b: 700 }, { among: ["a", "b", "a"], withinMs: 2_000 });
  await passes(1_200);
  expect(await outcome).toEqual({ by: "b", askedMs: 300, silent: { a: 0 } });
});
