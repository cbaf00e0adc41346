import type { CoordError } from "@coord/core";
import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { type CommitContext, commit } from "../src/commit.ts";
import { ended, explained, maxRequestBytes } from "../src/errors.ts";
import { pathOf } from "../src/nodes.ts";
import { LongRequestError, OutOfReachError, RefusedError, UnansweredError } from "../src/wire/answers.ts";
import { errorCode } from "../src/wire/codes.ts";

const write = { verb: "commit", key: "k", changes: true };
const read = { verb: "get", key: "k" };
const said = (error: unknown, errand: Parameters<typeof explained>[1] = write) =>
  explained(error, errand, "h:1") as CoordError;

const messages: readonly (readonly [code: string, message: string, error: () => CoordError])[] = [
  ["UNAVAILABLE", 'ZooKeeper at h:1 did not answer get of "k".', () => said(new UnansweredError(true), read)],
  [
    "UNKNOWN_OUTCOME",
    'ZooKeeper at h:1 did not answer commit of "k": it may have happened or not. Read before you repeat it.',
    () => said(new UnansweredError(true)),
  ],
  [
    "UNAVAILABLE",
    'ZooKeeper is out of reach at h:1 (refused); commit of "k" did not happen.',
    () => said(new OutOfReachError(new Error("refused"))),
  ],
  [
    "VALUE_TOO_LARGE",
    `The request commit of "k" has 2000000 bytes; ZooKeeper takes ${maxRequestBytes} at most. Write less at once.`,
    () => said(new LongRequestError(2_000_000)),
  ],
  [
    "SESSION_LOST",
    'The session is gone, so commit of "k" did not happen.',
    () => said(new RefusedError(errorCode.sessionExpired, 1n), { ...write, bound: true }),
  ],
  [
    "UNAVAILABLE",
    'ZooKeeper is out of reach at h:1; commit of "k" did not happen.',
    () => said(new RefusedError(errorCode.sessionExpired, 1n)),
  ],
  ["AUTH", "ZooKeeper at h:1 refused the credentials. Check user and password.", () => ended("auth", write, "h:1")],
  [
    "CLOSED",
    "This client was closed, so commit can't be done. Open a new one with connect().",
    () => ended("shutdown", write, "h:1"),
  ],
];

test.each(messages)("%s: %s", (code, message, error) => {
  expect(error()).toMatchObject({ code, message });
});

test("the server's own nodes are nobody's names", () => {
  expect(() => pathOf("zookeeper/quota")).toThrow(
    'The name "zookeeper/quota" is ZooKeeper\'s own: choose another one, or a namespace.',
  );
});

test("a commit whose plan is forestalled each time gives up, and has written nothing", async () => {
  const send = Object.assign(() => Promise.reject(new RefusedError(errorCode.noNode, 1n)), {
    caughtUp: async () => ({ zxid: 1n, value: undefined }),
    caughtUpWith: () => undefined,
  });
  let tries = 0;
  const write = async () => {
    tries += 1;
    return { zxid: 1n, value: { failed: { index: 0, code: errorCode.nodeExists } } };
  };
  const context = {
    send,
    writing: { write },
    acl: [],
    directories: { prepare: async () => {} },
    runtime: { ...systemRuntime, random: () => 0 },
  } as unknown as CommitContext;
  const asked = { what: { writes: [{ put: "k", value: new Uint8Array() }] }, signal: undefined, session: undefined };
  await expect(commit(context, asked)).rejects.toThrow(
    "What the commit touches kept changing; it did not happen. Try again.",
  );
  expect(tries).toBeGreaterThan(10);
});
