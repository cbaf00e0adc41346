import { expect, test } from "vitest";
import { connectionTo } from "./scripted.ts";

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
