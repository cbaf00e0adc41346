import type { Send } from "./connection.ts";
import { type MultiResult, multi, type Op, single } from "./wire/requests.ts";
import { type Answer, RefusedError } from "./wire/wire.ts";

/** Sends writes: all of them are done or none, and the answer says which. */
export interface WriteOps {
  (ops: readonly Op[]): Promise<Answer<MultiResult>>;
  /** The same, with a read sent right behind it. `line`: no two writes with the same one share a transaction. */
  thenRead<T>(ops: readonly Op[], line: string, read: () => Promise<T>): Promise<[Answer<MultiResult>, T]>;
}

/** A lone operation travels as what it is, unless it can't; several as a `multi`. */
async function sendOps(send: Send, ops: readonly Op[]): Promise<Answer<MultiResult>> {
  const [only, ...more] = ops;
  if (!only || more.length > 0 || only.op === "check") return send(multi(ops));
  try {
    const { zxid, value } = await send(single(only));
    return { zxid, value: { done: [value] } };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { zxid: error.zxid, value: { failed: { index: 0, code: error.code } } };
  }
}

export function writer(send: Send): WriteOps {
  const write = (ops: readonly Op[]) => sendOps(send, ops);
  return Object.assign(write, {
    thenRead: <T>(ops: readonly Op[], _line: string, read: () => Promise<T>) => Promise.all([write(ops), read()]),
  });
}
