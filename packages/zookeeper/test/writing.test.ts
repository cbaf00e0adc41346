import { expect, test } from "vitest";
import type { Send } from "../src/connection.ts";
import { Lists } from "../src/lists.ts";
import { notSent, UnansweredError } from "../src/wire/answers.ts";
import { opCode } from "../src/wire/codes.ts";
import { createMode } from "../src/wire/records.ts";
import { Writing } from "../src/writing.ts";

const create = (path: string) =>
  ({ op: "create", path, data: null, acl: [], mode: createMode.ephemeralSequential }) as const;

/** A connection that breaks when what is written has been sent and what is read still waits for the socket to drain. */
const breaking = (async ({ type }: { readonly type: number }) => {
  const isList = type === opCode.getChildren || type === opCode.multiRead;
  if (!isList) await Promise.resolve(); // what was not sent is told first
  throw isList ? notSent : new UnansweredError(true);
}) as unknown as Send;

test.each([1, 2, 3])(
  "what was sent may have happened, though the list behind it was not: %i at once",
  async (count) => {
    const writing = new Writing(breaking, new Lists(breaking));
    const all = Array.from({ length: count }, (_, index) =>
      writing.stand(create(`/line-${index}/n-`), { directory: `/line-${index}`, isFirst: () => false }).then(
        () => "done",
        (error) => error instanceof UnansweredError && error.sent,
      ),
    );
    expect(await Promise.all(all)).toEqual(all.map(() => true));
  },
);

const [first, next] = ["/line/_c_a-lock-0000000007", "/line/_c_b-lock-0000000008"];

/** A server that gives whoever comes this name, and knows these others; what it is asked for is counted. */
function lineServer(name: string, others: readonly string[]) {
  const asked: number[] = [];
  const send = (async ({ type }: { readonly type: number }) => {
    asked.push(type);
    if (type === opCode.getChildren) return { zxid: 9n, value: others };
    if (type === opCode.create) return { zxid: 8n, value: { path: name } };
    return { zxid: 8n, value: type === opCode.multi ? { done: [{}, { path: name }] } : {} };
  }) as unknown as Send;
  return {
    writing: new Writing(send, new Lists(send)),
    lists: () => asked.filter((type) => type === opCode.getChildren).length,
  };
}

test.each([
  ["comes with the next number as the first one leaves", next, first, true, { value: [], lists: 0 }],
  [
    "comes when the count goes round",
    "/line/_c_b-lock--2147483648",
    "/line/_c_a-lock-2147483647",
    true,
    { value: ["other"], lists: 1 },
  ],
  ["comes after somebody else", "/line/_c_b-lock-0000000009", first, true, { value: ["other"], lists: 1 }],
  ["comes as one leaves who wasn't known to be the first", next, first, false, { value: ["other"], lists: 1 }],
  ["comes as one leaves another line", next, "/another/_c_a-lock-0000000007", true, { value: ["other"], lists: 1 }],
])("who %s", async (_, name, leaving, known, expected) => {
  const { writing, lists } = lineServer(name, ["other"]);
  const isFirst = (path: string) => known && path === leaving;
  const [, { names }] = await Promise.all([
    writing.write([{ op: "remove", path: leaving, version: -1 }]),
    writing.stand(create("/line/_c_b-lock-"), { directory: "/line", isFirst }),
  ]);
  expect({ ...names, lists: lists() }).toMatchObject(expected);
});
