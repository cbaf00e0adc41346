import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { openSession } from "../src/session.ts";
import { Transactions } from "../src/transactions.ts";
import { connectionTo } from "./scripted.ts";

const events = { renewed() {}, disconnected() {}, expired() {} };

test.each([
  ["is there no more", "-1"],
  ["has just come to its end", "0"],
])("a repeated grant whose lease %s opens no session", async (_, TTL) => {
  const exists = new Error("9 FAILED_PRECONDITION: etcdserver: lease already exists");
  const connection = connectionTo({
    leaseClient: {
      leaseGrant: () => Promise.reject(exists),
      leaseTimeToLive: async () => ({ TTL, grantedTTL: "3" }),
    },
  });
  const transactions = new Transactions(connection, "");
  const opening = openSession(
    { connection, transactions, runtime: systemRuntime, ended() {} },
    { ttlMs: 3_000, events },
  );
  await expect(opening).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
