import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { openSession } from "../src/session.ts";
import { Transactions } from "../src/transactions.ts";
import { connectionTo, header } from "./scripted.ts";

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

test("a renewal that the server refuses is told with its words, and one of a client that was closed with its own", async () => {
  const connection = connectionTo({
    leaseClient: {
      leaseGrant: async () => ({ ID: "1", TTL: "3", header: header(1) }),
      leaseKeepAlive: () => Promise.reject(new Error("14 UNAVAILABLE: No connection established")),
    },
  });
  const transactions = new Transactions(connection, "");
  const session = await openSession(
    { connection, transactions, runtime: systemRuntime, ended() {} },
    { ttlMs: 3_000, events },
  );
  await expect(session.renew()).rejects.toThrow(/^etcd did not renew the session: ./);
  connection.close();
  await expect(session.renew()).rejects.toThrow(
    "This client was closed, so renew can't be done. Open a new one with connect().",
  );
});
