import { describe, expect, test } from "vitest";
import { Batcher, type Footprint, type Transaction } from "../src/batch.ts";
import { errorOf, RpcFailure } from "../src/failure.ts";
import type { Transactable, Transactions } from "../src/transactions.ts";
import type { Compare, RequestOp, TxnRequest, TxnResponse } from "../src/wire/txn.ts";

const header = { cluster_id: "1", member_id: "1", revision: "7", raft_term: "1" };
const parts = ({ success = [] }: TxnRequest) => success.flatMap(({ request_txn }) => request_txn ?? []);

/** The server's end: notes each request, and answers every part with its own name. */
function recorded(refuse: (request: TxnRequest) => RpcFailure | undefined = () => undefined) {
  const sent: TxnRequest[] = [];
  const run = async (asked: Transactable): Promise<TxnResponse> => {
    sent.push(asked.request);
    const failure = refuse(asked.request);
    if (failure) throw errorOf(failure, asked, "h:1");
    const responses = parts(asked.request).map((part) => ({
      response_txn: { header, succeeded: holds(part), responses: [] },
    }));
    return { header, succeeded: true, responses } as unknown as TxnResponse;
  };
  return { sent, batcher: new Batcher({ run } as Transactions) };
}

const named = (key: "yes" | "no"): Compare => ({ key, target: "Version", result: "Equal", number: "0" });

/** Whether a part says of itself that its condition holds. */
const holds = ({ compare = [] }: TxnRequest) => compare[0]?.key !== "no";

const write: RequestOp = { request_put: { key: "k", value: Buffer.alloc(1) } };

const asked = (footprint: Footprint, more: Partial<Transaction> = {}): Transaction => ({
  operation: "commit",
  repeatable: false,
  footprint,
  request: { compare: [named("yes")], success: [write] },
  ...more,
});
const reading = (footprint: Footprint) => asked(footprint, { repeatable: true });
const counts = (sent: readonly TxnRequest[]) => sent.map((request) => parts(request).length);

describe("transactions of one turn", () => {
  test("a lone one is sent as it is", async () => {
    const { sent, batcher } = recorded();
    const lone = asked({ writes: ["a"] });
    await batcher.submit(lone);
    expect(sent).toEqual([lone.request]);
  });

  test("independent ones travel together, each with its own verdict", async () => {
    const { sent, batcher } = recorded();
    const fails = asked({ writes: ["b"] }, { request: { compare: [named("no")], success: [] } });
    const outcomes = await Promise.all([batcher.submit(asked({ writes: ["a"] })), batcher.submit(fails)]);
    expect(counts(sent)).toEqual([2]);
    expect(outcomes.map(({ succeeded }) => succeeded)).toEqual([true, false]);
  });

  test("when nobody knows what became of them, those that may be repeated are, and no others", async () => {
    let requests = 0;
    const lost = () => {
      requests += 1;
      return requests === 1 ? new RpcFailure("unknown", "14 UNAVAILABLE: Connection dropped") : undefined;
    };
    const { sent, batcher } = recorded(lost);
    const removal = asked({ writes: ["b"] }, { repeatable: true });
    const once = batcher.submit(asked({ writes: ["a"] }));
    const again = batcher.submit(removal);
    await expect(once).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME" });
    expect((await again).succeeded).toBe(true);
    expect(counts(sent)).toEqual([2, 0]);
    expect(sent[1]).toEqual(removal.request);
  });

  test("what may have been done by the first request stays unknown, when the second is certain to have done nothing", async () => {
    let requests = 0;
    const lost = () => {
      requests += 1;
      return requests === 1
        ? new RpcFailure("unknown", "14 UNAVAILABLE: Connection dropped")
        : new RpcFailure("elsewhere", "14 UNAVAILABLE: No connection established");
    };
    const { batcher } = recorded(lost);
    const others = batcher.submit(asked({ writes: ["a"] }));
    const removal = batcher.submit(asked({ writes: ["b"] }, { repeatable: true, doubtful: true }));
    const read = batcher.submit(asked({ writes: ["c"] }, { repeatable: true }));
    await expect(others).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME" });
    await expect(removal).rejects.toMatchObject({ code: "UNKNOWN_OUTCOME" });
    await expect(read).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("one that does a single thing in any case travels without a transaction of its own", async () => {
    const response = { response_delete_range: { deleted: "1" } };
    const sent: TxnRequest[] = [];
    const run = async ({ request }: Transactable): Promise<TxnResponse> => {
      sent.push(request);
      const nested = { response_txn: { header, succeeded: false, responses: [] } };
      const responses = (request.success ?? []).map(({ request_txn }) => (request_txn ? nested : response));
      return { header, succeeded: true, responses } as unknown as TxnResponse;
    };
    const batcher = new Batcher({ run } as Transactions);
    const removal = { request_delete_range: { key: "a" } };
    const outcomes = await Promise.all([
      batcher.submit(asked({ writes: ["a"] }, { request: { success: [removal] } })),
      batcher.submit(asked({ writes: ["b"] })),
    ]);
    expect(sent.map(({ success }) => success?.[0])).toEqual([removal]);
    expect(outcomes.map(({ succeeded }) => succeeded)).toEqual([true, false]);
    expect(outcomes[0]?.responses).toEqual([response]);
  });

  test.each<[string, Footprint, Footprint]>([
    ["both write a key", { writes: ["a/k"] }, { writes: ["a/k"] }],
    ["one reads what the other writes", { writes: ["a/k"] }, { reads: ["a/k"], writes: ["b"] }],
    ["one writes what the other reads", { reads: ["a/k"], writes: ["b"] }, { writes: ["a/k"] }],
    ["one lists where the other writes", { writes: ["a/k"] }, { lists: ["a"], writes: ["b"] }],
    ["one writes where the other lists", { lists: ["a"], writes: ["b"] }, { writes: ["a/deep/k"] }],
    ["one lists everything", { writes: ["a/k"] }, { lists: [""], writes: ["b"] }],
    ["both stand in one line", { lists: ["m"], writes: ["m/1"] }, { lists: ["m"], writes: ["m/2"] }],
    ["both stand in one line, which a mirror shows", { writes: ["m/1", "m"] }, { writes: ["m/2", "m"] }],
    ["a mirror shows the line to one of them", { writes: ["m/1", "m"] }, { lists: ["m"], writes: ["m/2"] }],
    ["it does to the other one", { lists: ["m"], writes: ["m/1"] }, { writes: ["m/2", "m"] }],
    ["one reads only", { writes: ["a"] }, { reads: ["b"] }],
  ])("they don't when %s", async (_, one, other) => {
    const { sent, batcher } = recorded();
    await Promise.all([batcher.submit(asked(one)), batcher.submit(asked(other))]);
    expect(counts(sent)).toEqual([0, 0]);
  });

  test("who leaves a line and who comes into it travel together, where a mirror shows it", async () => {
    const { sent, batcher } = recorded();
    await Promise.all([
      batcher.submit(asked({ writes: ["m/1"] })),
      batcher.submit(asked({ reads: ["m/2"], writes: ["m/2", "m"] })),
    ]);
    expect(counts(sent)).toEqual([2]);
  });

  test("they do beside a directory of a like name", async () => {
    const { sent, batcher } = recorded();
    await Promise.all([
      batcher.submit(asked({ lists: ["a"], writes: ["a/1"] })),
      batcher.submit(asked({ writes: ["ab/1"] })),
    ]);
    expect(counts(sent)).toEqual([2]);
  });

  test("reads travel together, apart from writes", async () => {
    const { sent, batcher } = recorded();
    await Promise.all([
      batcher.submit(reading({ reads: ["a"] })),
      batcher.submit(asked({ writes: ["b"] })),
      batcher.submit(reading({ lists: ["c"] })),
      batcher.submit(asked({ writes: ["d"] })),
    ]);
    expect(counts(sent)).toEqual([2, 2]);
  });

  test("no more than etcd takes in one", async () => {
    const { sent, batcher } = recorded();
    const all = Array.from({ length: 300 }, (_, index) => batcher.submit(asked({ writes: [`k${index}`] })));
    await Promise.all(all);
    expect(counts(sent)).toEqual([127, 127, 46]);
  });

  test("no more bytes than travel well in one", async () => {
    const { sent, batcher } = recorded();
    const large = (key: string) =>
      asked(
        { writes: [key] },
        {
          request: { compare: [named("yes")], success: [{ request_put: { key: "k", value: Buffer.alloc(300_000) } }] },
        },
      );
    await Promise.all(["a", "b", "c"].map((key) => batcher.submit(large(key))));
    expect(sent).toHaveLength(3);
  });

  test("when one is refused, the others are sent singly", async () => {
    const denied = new RpcFailure("denied", "7 PERMISSION_DENIED: etcdserver: permission denied");
    const isBad = ({ compare = [] }: TxnRequest) => compare[0]?.key === "no";
    const { sent, batcher } = recorded((request) =>
      isBad(request) || parts(request).some(isBad) ? denied : undefined,
    );
    const bad = asked({ writes: ["b"] }, { request: { compare: [named("no")] } });
    const ends = await Promise.allSettled(
      [asked({ writes: ["a"] }), bad, asked({ writes: ["c"] })].map((each) => batcher.submit(each)),
    );
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(counts(sent)).toEqual([3, 0, 0, 0]);
  });

  test("when the answer is lost, nothing is sent again", async () => {
    const { sent, batcher } = recorded(() => new RpcFailure("unknown", "14 UNAVAILABLE: Connection dropped"));
    const ends = await Promise.allSettled(["a", "b"].map((key) => batcher.submit(asked({ writes: [key] }))));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(sent).toHaveLength(1);
  });

  test("one that is cancelled within the turn is not sent, and the others are", async () => {
    const { sent, batcher } = recorded();
    const cancel = new AbortController();
    const cancelled = batcher.submit(asked({ writes: ["a"] }, { signal: cancel.signal }));
    const other = batcher.submit(asked({ writes: ["b"] }));
    cancel.abort("enough");
    await expect(cancelled).rejects.toBe("enough");
    await other;
    expect(counts(sent)).toEqual([0]);
  });
});
