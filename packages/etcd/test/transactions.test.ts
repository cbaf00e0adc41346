import { CoordError } from "@coord/core";
import { describe, expect, test } from "vitest";
import { Transactions } from "../src/transactions.ts";
import { connectionTo, header } from "./scripted.ts";

/** Answers each transaction with the next of these heads, or fails with the error in its place. */
function answering(...heads: readonly (ReturnType<typeof header> | Error)[]) {
  const left = [...heads];
  const connection = connectionTo({
    txn: async () => {
      const next = left.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error("nothing more was to be asked");
      return { header: next, succeeded: true, responses: [] };
    },
  });
  return { lineage: connection.lineage, transactions: new Transactions(connection, "") };
}

const asked = (repeatable: boolean) => ({ operation: "commit", key: "k", repeatable, request: {} });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

describe("an answer from below what is known", () => {
  const known = header(10, 5);

  test("from a store that was set back: it is taken for an answer, and the history begins anew there", async () => {
    const { lineage, transactions } = answering(known, header(4), header(4));
    await transactions.run(asked(false));
    await expect(transactions.run(asked(false))).resolves.toMatchObject({ header: header(4) });
    expect([lineage.epoch, lineage.revision]).toEqual([1, 4n]);
  });

  test("from a member that is behind: what could be repeated did not happen, of the rest nobody knows", async () => {
    const { lineage, transactions } = answering(known, header(4), known, header(4), known);
    await transactions.run(asked(false));
    expect(await codeOf(transactions.run(asked(true)))).toBe("UNAVAILABLE");
    expect(await codeOf(transactions.run(asked(false)))).toBe("UNKNOWN_OUTCOME");
    expect(lineage.epoch).toBe(0);
  });

  test("and the store can't be asked whether it was set back: of what can't be repeated nobody knows", async () => {
    const refused = new Error("7 PERMISSION_DENIED: etcdserver: permission denied");
    const { transactions } = answering(known, header(4), refused);
    await transactions.run(asked(false));
    expect(await codeOf(transactions.run(asked(false)))).toBe("UNKNOWN_OUTCOME");
  });
});

test("a store set back that has overtaken its old revision: its lower term is the present one", async () => {
  const { lineage, transactions } = answering(header(10, 5), header(12, 2));
  await transactions.run(asked(false));
  expect(lineage.isCurrent(header(12, 2))).toBe(false);
  expect(await transactions.isRestored()).toBe(false);
  expect(lineage.isCurrent(header(12, 2))).toBe(true);
});
