import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import type { Send } from "../src/connection.ts";
import { contend } from "../src/contend.ts";
import { Directories } from "../src/directories.ts";
import { Lists } from "../src/lists.ts";
import { Occurrence } from "../src/occurrence.ts";
import { Tickets } from "../src/tickets.ts";
import { Unreadable } from "../src/unreadable.ts";
import { Watches } from "../src/watches.ts";
import { LongAnswerError, RefusedError, UnansweredError } from "../src/wire/answers.ts";
import { errorCode, opCode } from "../src/wire/codes.ts";
import { Writing } from "../src/writing.ts";

type Answers = Partial<Record<number, () => unknown>>;

/** One session's place in the line `/l`, on a server that gives these answers; what is asked for is counted. */
function standing(answers: Answers) {
  const asked: number[] = [];
  const ask = async ({ type }: { readonly type: number }) => {
    asked.push(type);
    return { zxid: 7n, value: answers[type]?.() };
  };
  const send = Object.assign(ask, { caughtUp: () => ask({ type: opCode.sync }) }) as unknown as Send;
  const tickets = new Tickets();
  const context = {
    send,
    period: {
      over: new Occurrence(),
      watches: new Watches(),
      unreadable: new Unreadable(systemRuntime, new Lists(send), new Watches()),
      connectSentMs: 0,
    },
    writing: new Writing(send, new Lists(send)),
    acl: [],
    session: "s",
    tickets,
    directories: new Directories([]),
  };
  const stand = (id = "id") =>
    contend(context, "/l", { id, kind: "lock", value: Buffer.alloc(0) }).then(
      () => "stands",
      (error: Error) => error.name,
    );
  return { tickets, stand, count: (type: number) => asked.filter((each) => each === type).length };
}

const path = "/l/_c_id-lock-0000000001";
const failing = (error: Error) => () => {
  throw error;
};
const noAuth = failing(new RefusedError(errorCode.noAuth, 7n));
const tooLong = failing(new LongAnswerError(5_000));
const unanswered = failing(new UnansweredError(true));
/** One after the other, and the last from then on. */
const inTurn = (...answers: readonly (() => unknown)[]) => {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)]?.();
};

test.each([
  ["longer than is taken", tooLong, "LongAnswerError"],
  ["not permitted", noAuth, "RefusedError"],
])("a place in a line whose list is %s is removed by the next attempt, if not by its own", async (_, list, name) => {
  const { stand, tickets, count } = standing({
    [opCode.create]: () => ({ path }),
    [opCode.getChildren]: list,
    [opCode.remove]: inTurn(unanswered, unanswered, () => ({})),
  });
  expect(await stand()).toBe("UnknownOutcomeError");
  expect(await stand()).toBe("UnansweredError");
  expect([await stand(), count(opCode.remove), tickets.size]).toEqual([name, 3, 0]);
  expect(count(opCode.create)).toBe(1);
});

test("a place that was found again and can't be read is removed", async () => {
  const { stand, tickets, count } = standing({
    [opCode.create]: unanswered,
    [opCode.getChildren]: () => ["_c_id-lock-0000000001"],
    [opCode.getData]: tooLong,
    [opCode.remove]: () => ({}),
  });
  expect(await stand()).toBe("UnansweredError");
  expect([await stand(), count(opCode.remove), tickets.size]).toEqual(["LongAnswerError", 1, 0]);
});

test("a place that may neither be seen nor removed is told of as it is, and not tried for ever", async () => {
  const { stand, tickets } = standing({
    [opCode.create]: () => ({ path }),
    [opCode.getChildren]: noAuth,
    [opCode.remove]: noAuth,
  });
  expect([await stand(), await stand(), tickets.size]).toEqual(["UnknownOutcomeError", "RefusedError", 1]);
});

test("a ticket whose attempt had no effect is forgotten", async () => {
  const refused = standing({ [opCode.create]: noAuth, [opCode.getChildren]: noAuth });
  const withdrawn = standing({
    [opCode.create]: () => ({ path }),
    [opCode.getChildren]: noAuth,
    [opCode.remove]: () => ({}),
  });
  const unsent = standing({
    [opCode.create]: failing(new UnansweredError(false)),
    [opCode.getChildren]: failing(new UnansweredError(false)),
  });
  for (const { stand, tickets } of [refused, withdrawn, unsent]) {
    for (const id of ["a", "b", "c"]) expect(await stand(id)).not.toBe("stands");
    expect(tickets.size).toBe(0);
  }
});

test("a ticket is not forgotten while another attempt waits for its turn: there is never a second place", async () => {
  const { stand, count, tickets } = standing({
    [opCode.create]: inTurn(noAuth, () => ({ path })),
    [opCode.getChildren]: inTurn(
      () => [],
      () => [],
      () => [],
      () => ["_c_id-lock-0000000001"],
    ),
    [opCode.getData]: () => ({ data: Buffer.alloc(0), stat: { czxid: 7n, mzxid: 7n, version: 0, owner: 1n } }),
  });
  const first = stand();
  const second = stand();
  expect(await first).toBe("RefusedError");
  const third = stand();
  expect([await second, await third]).toEqual(["stands", "stands"]);
  expect([count(opCode.create), tickets.size]).toEqual([2, 1]);
});
