import type { StoreSession } from "@coord/core/spi";
import { describe, expect, test } from "vitest";
import type { Batcher, Outcome, Transaction } from "../src/batch.ts";
import { Contention } from "../src/contend.ts";
import type { Views } from "../src/views.ts";
import type { RequestOp } from "../src/wire/txn.ts";
import { header } from "./scripted.ts";

/** Notes what is read of the line; each attempt stands, or ends as it is told to. */
function scripted() {
  const reads: string[][] = [];
  let revision = 1;
  let failure: Error | undefined;
  const submit = async ({ request }: Transaction): Promise<Outcome> => {
    const operations = request.success ?? [];
    reads.push(operations.flatMap(rangeIn));
    if (failure) throw failure;
    revision += 1;
    const responses = operations.map(() => ({ response_range: { kvs: [] } }));
    return { header: header(revision), succeeded: true, responses } as unknown as Outcome;
  };
  const views = { freshLine: () => undefined } as unknown as Views;
  const contention = new Contention({ submit } as unknown as Batcher, views);
  const contend = (id: string) =>
    contention.contend("m", { id, kind: "lock", value: Buffer.alloc(1), session: { id: "a" } as StoreSession });
  const failWith = (error: Error | undefined) => {
    failure = error;
  };
  return { contention, contend, failWith, reads, lastReads: () => reads.at(-1) };
}

const rangeIn = ({ request_range }: RequestOp): string[] =>
  request_range?.range_end ? [`${request_range.key}–${request_range.range_end}`] : [];

const all = ["m/–m0"];
const strangers = ["m/–m/a-", "m/a.–m0"];

describe("who is ahead of a new contender", () => {
  test("is looked for among strangers only, when the session has nobody else there", async () => {
    const { contention, contend, lastReads } = scripted();
    const { mine } = await contend("1");
    expect(lastReads()).toEqual(strangers);
    contention.removed(mine.key);
    await contend("2");
    expect(lastReads()).toEqual(strangers);
  });

  test("is looked for among all, while another one of the session stands there", async () => {
    const { contention, contend, lastReads } = scripted();
    const { mine } = await contend("1");
    const { mine: second } = await contend("2");
    expect(lastReads()).toEqual(all);
    contention.removed(second.key);
    await contend("3");
    expect(lastReads()).toEqual(all);
    contention.removed(mine.key);
    await contend("4");
    expect(lastReads()).toEqual(all);
  });

  test("is looked for among all, as long as an attempt of the session may have made a place", async () => {
    const { contend, failWith, lastReads } = scripted();
    failWith(new Error("the answer was lost"));
    await expect(contend("1")).rejects.toThrow();
    failWith(undefined);
    await contend("2");
    expect(lastReads()).toEqual(all);
  });

  test("is read anew, when another one of the session was asked for before the answer: it may have come first", async () => {
    const { contend, reads } = scripted();
    const first = contend("1");
    const second = contend("2");
    expect((await Promise.all([first, second])).length).toBe(2);
    expect(reads).toEqual([strangers, all, all]);
  });

  test("is looked for among strangers only, when the session that stands there has ended", async () => {
    const { contention, contend, lastReads } = scripted();
    await contend("1");
    contention.ended("a");
    await contend("2");
    expect(lastReads()).toEqual(strangers);
  });
});
