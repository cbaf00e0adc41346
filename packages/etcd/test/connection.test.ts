import { systemRuntime } from "@coord/core/spi";
import { describe, expect, test } from "vitest";
import type { CallOptions } from "../src/attempt.ts";
import type { Rpc } from "../src/rpc.ts";
import { clock, connectionTo, connectionToAll } from "./scripted.ts";

test("a token that brought no answer is forgotten: a server that was restored waits for the state it was made in", async () => {
  let tokens = 0;
  const authenticate = async () => {
    tokens += 1;
    return { token: `token ${tokens}` };
  };
  const connection = connectionTo({ auth: { authenticate } }, { username: "u", password: "p" });
  const asked = { operation: "get", repeatable: true };
  await connection.call({ ...asked, send: async () => "answered" });
  await connection.call({ ...asked, send: async () => "answered" });
  expect(tokens).toBe(1);
  const unanswered = connection.call({ ...asked, answerMs: 10, send: () => new Promise(() => {}) });
  await expect(unanswered).rejects.toThrow(/was not answered/);
  await connection.call({ ...asked, send: async () => "answered" });
  expect(tokens).toBe(2);
});

describe("a token that is long in coming", () => {
  const credentials = { username: "u", password: "p" };
  const write = { operation: "commit", repeatable: false };

  test("is waited for as long as each who waits for it says, and what waited has not been sent", async () => {
    const connection = connectionTo({ auth: { authenticate: () => new Promise(() => {}) } }, credentials);
    let sent = 0;
    const send = async () => {
      sent += 1;
    };
    const patient = connection.call({ ...write, answerMs: 5_000, send });
    const startMs = performance.now();
    await expect(connection.call({ ...write, answerMs: 20, send })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const quitting = new AbortController();
    const cancelled = connection.call({ ...write, send, signal: quitting.signal });
    const reason = new Error("not wanted any more");
    quitting.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    connection.close();
    await expect(patient).rejects.toMatchObject({ code: "CLOSED" });
    expect(sent).toBe(0);
  });

  test("comes for those who have more time than the one who asked for it first", async () => {
    let tell = (_: { token: string }) => {};
    const authenticate = () => new Promise<{ token: string }>((resolve) => (tell = resolve));
    const connection = connectionTo({ auth: { authenticate } }, credentials);
    const hasty = connection.call({ ...write, answerMs: 10, send: async () => "done" });
    const patient = connection.call({ ...write, send: async () => "done" });
    await expect(hasty).rejects.toMatchObject({ code: "UNAVAILABLE" });
    tell({ token: "t" });
    expect(await patient).toBe("done");
  });

  test("and never comes, when who asked for it has gone already: nobody is left alone with that", async () => {
    const authenticate = () => Promise.reject(new Error("14 UNAVAILABLE: Connection dropped"));
    const connection = connectionTo({ auth: { authenticate } }, credentials);
    const reason = new Error("not wanted any more");
    const asked = connection.call({ ...write, send: async () => "done", signal: AbortSignal.abort(reason) });
    await expect(asked).rejects.toBe(reason);
    await new Promise(setImmediate); // a rejection that nobody handles ends the process, and fails the run
  });

  test("and never comes, since its fetch was cut off: nothing has been sent", async () => {
    const authenticate = () => Promise.reject(new Error("14 UNAVAILABLE: Connection dropped"));
    const connection = connectionTo({ auth: { authenticate } }, credentials);
    const asked = connection.call({ ...write, send: async () => "done" });
    await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("a token that has expired, and members that answer late", () => {
  const credentials = { username: "u", password: "p" };
  const asked = { operation: "get", repeatable: true };

  /** Each takes 1.2 s to say whether it knows the token. */
  function slowly(isKnown: (token: string | undefined) => boolean) {
    const { runtime, passes } = clock(50);
    let tokens = 0;
    const authenticate = async () => {
      tokens += 1;
      return { token: `t${tokens}` };
    };
    const connection = connectionToAll(
      [1, 2, 3].map(() => ({ auth: { authenticate } })),
      credentials,
      runtime,
    );
    const send = (_: Rpc, { attempt: { token } }: CallOptions) =>
      new Promise<string>((resolve, reject) => {
        const refusal = new Error("16 UNAUTHENTICATED: etcdserver: invalid auth token");
        runtime.timer(1_200, () => (isKnown(token) ? resolve(`by ${token}`) : reject(refusal)));
      });
    return { connection, send, passes };
  }

  test("those who were asked with it refuse it one after the other, and the answer to the next one comes", async () => {
    const { connection, send, passes } = slowly((token) => token === "t2");
    const answer = connection.call({ ...asked, send }).catch(String);
    await passes(4_000);
    expect(await answer).toBe("by t2");
  });

  test("the next one is refused as well: that is told", async () => {
    const { connection, send, passes } = slowly(() => false);
    const answer = connection.call({ ...asked, send }).catch((error) => error);
    await passes(4_000);
    expect(await answer).toMatchObject({ code: "AUTH" });
  });
});

test("a removal that one may have done and another one certainly didn't is in doubt", async () => {
  const connection = connectionToAll([{}, {}, {}], undefined, systemRuntime);
  let asked = 0;
  const send = async () => {
    asked += 1;
    throw new Error(asked === 1 ? "14 UNAVAILABLE: Connection dropped" : "14 UNAVAILABLE: No connection established");
  };
  const removal = { operation: "commit", repeatable: true, doubtful: true, send };
  await expect(connection.call(removal)).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME" });
  await expect(connection.call(removal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("a call that is aborted just when its token has come ends with the signal's reason and leaves nothing behind", async () => {
  let tell = (_: { token: string }) => {};
  const comes = new Promise<{ token: string }>((resolve) => (tell = resolve));
  const authenticate = () => comes;
  const connection = connectionTo({ auth: { authenticate } }, { username: "u", password: "p" });
  const reason = new Error("not wanted any more");
  let sent = 0;
  const calls = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(async (turns) => {
    const quitting = new AbortController();
    const send = async () => {
      sent += 1;
      return "done";
    };
    const asked = connection.call({ operation: "get", repeatable: false, send, signal: quitting.signal });
    const ended = asked.catch((error) => error);
    await comes;
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    quitting.abort(reason);
    return ended;
  });
  tell({ token: "t" });
  for (const outcome of await Promise.all(calls)) expect([reason, "done"]).toContain(outcome);
  expect(sent).toBeLessThan(calls.length);
  connection.close();
});

test("a member that answers others is not left for one call that it keeps, and what else it was asked goes on", async () => {
  const { runtime, passes } = clock();
  const connection = connectionToAll([{}, {}], undefined, runtime);
  const { member } = connection;
  const ask = (answersAfterMs: number) => {
    const send = () => new Promise<string>((resolve) => void runtime.timer(answersAfterMs, () => resolve("answered")));
    return connection.call({ operation: "commit", repeatable: false, send }).catch(({ code }) => code);
  };
  const kept = ask(60_000);
  await passes(4_000);
  const other = ask(200);
  const slow = ask(4_500);
  await passes(6_000);
  expect([await kept, await other, await slow]).toEqual(["UNKNOWN_OUTCOME", "answered", "answered"]);
  expect(connection.member).toBe(member);
});

test("a removal that never got a token has not been sent, so it leaves nothing in doubt", async () => {
  const { runtime, passes } = clock();
  const member = { auth: { authenticate: () => new Promise(() => {}) } };
  const connection = connectionToAll([member, member], { username: "u", password: "p" }, runtime);
  const removal = { operation: "commit", repeatable: true, doubtful: true, send: async () => "done" };
  const outcome = connection.call(removal).catch(({ code }) => code);
  await passes(6_000);
  expect(await outcome).toBe("UNAVAILABLE");
});
