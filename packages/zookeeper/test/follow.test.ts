import { expect, test } from "vitest";
import type { Period, Send } from "../src/connection.ts";
import { maxRequestBytes } from "../src/errors.ts";
import { PlaceView } from "../src/follow.ts";
import { Watches } from "../src/watches.ts";
import { RefusedError } from "../src/wire/answers.ts";
import { errorCode, opCode } from "../src/wire/codes.ts";

const own = "/line/_c_own-lock-0000009999";
const order = 7n;

interface Asked {
  readonly type: number;
  readonly frame: Buffer;
}

/** A place behind these, of which all are in the way, at a server that is scripted. */
function viewOf(ahead: readonly string[], answer: (asked: Asked, watches: Watches) => unknown) {
  const watches = new Watches();
  const asked: Asked[] = [];
  const send = async (request: Asked) => {
    asked.push(request);
    if (asked.length > 100) throw new Error("it asks without end");
    return { zxid: 9n, value: answer(request, watches) };
  };
  const settled = async () => ({ zxid: 9n, value: undefined });
  const all = Object.assign(send, { caughtUp: settled, caughtUpWith: settled }) as unknown as Send;
  const mine = { key: "line/_c_own-lock-0000009999", value: Buffer.of(), version: "1", order, session: "s" };
  const rivals = ahead.map((name) => ({ key: `line/${name}`, kind: "lock" }));
  const place = { line: "line", mine, ahead: rivals, revision: 8n };
  const view = new PlaceView(
    all,
    { watches, unreadable: { ask: () => () => {} } } as unknown as Period,
    place,
    (those) => those,
    () => {},
  );
  return { view, watches, asked };
}

const names = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `_c_${"x".repeat(length)}-lock-${String(index).padStart(10, "0")}`);
const sinceOf = ({ frame }: Asked) => frame.readBigInt64BE(12);

test("very many in the way are watched in requests that the server takes", async () => {
  const ahead = names(4_000, 300);
  const { view, asked } = viewOf(ahead, () => undefined);
  expect((await view.look())?.ahead).toHaveLength(4_000);
  expect(asked.every(({ frame }) => frame.length <= maxRequestBytes)).toBe(true);
});

test("who goes between the look at the own node and the list is not there", async () => {
  let gone = false;
  const { view, watches } = viewOf(names(1, 5), ({ type }, told) => {
    if (type === opCode.getData && gone) throw new RefusedError(errorCode.noNode, 9n);
    if (type === opCode.getData) return { stat: { czxid: order } };
    if (type !== opCode.getChildren) return undefined;
    if (!gone) told.tell({ kind: "deleted", path: own });
    gone = true;
    return [];
  });
  expect((await view.look())?.present).toBe(true);
  watches.tell({ kind: "changed", path: own });
  expect((await view.look())?.present).toBe(false);
});

test("one in the way who is written all the time is watched as well", async () => {
  const ahead = names(1, 5);
  const [rival = ""] = ahead;
  const { view, asked } = viewOf(ahead, (request, told) => {
    if (request.type === opCode.getChildren) return [rival, own.slice("/line/".length)];
    if (request.type === opCode.setWatches && sinceOf(request) < 1_000_000n)
      told.tell({ kind: "changed", path: `/line/${rival}` });
    return undefined;
  });
  expect((await view.look())?.ahead).toHaveLength(1);
  expect(asked.length).toBeLessThan(6);
});
