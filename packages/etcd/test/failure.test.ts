import type { CoordError } from "@coord/core";
import { describe, expect, test } from "vitest";
import { errorOf, failureOf } from "../src/failure.ts";

/** As the client library puts them. */
const said: readonly (readonly [message: string, kind: string, code: string])[] = [
  [
    "14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1",
    "elsewhere",
    "UNAVAILABLE",
  ],
  ["Channel has been shut down", "elsewhere", "UNAVAILABLE"],
  ["Tried to call a KV method on etcd3, but the client was already closed", "elsewhere", "UNAVAILABLE"],
  ["14 UNAVAILABLE: etcdserver: no leader", "elsewhere", "UNAVAILABLE"],
  ["8 RESOURCE_EXHAUSTED: etcdserver: too many requests", "elsewhere", "UNAVAILABLE"],
  ["14 UNAVAILABLE: Stream refused by server", "elsewhere", "UNAVAILABLE"],
  ["14 UNAVAILABLE: Connection dropped", "unknown", "UNKNOWN_OUTCOME"],
  ["14 UNAVAILABLE: read ECONNRESET", "unknown", "UNKNOWN_OUTCOME"],
  ["14 UNAVAILABLE: etcdserver: request timed out", "unknown", "UNKNOWN_OUTCOME"],
  ["13 INTERNAL: Received RST_STREAM with code 2", "unknown", "UNKNOWN_OUTCOME"],
  ["2 UNKNOWN: something new", "unknown", "UNKNOWN_OUTCOME"],
  ["16 UNAUTHENTICATED: etcdserver: invalid auth token", "token", "AUTH"],
  ["7 PERMISSION_DENIED: etcdserver: permission denied", "denied", "AUTH"],
  ["3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID or password", "denied", "AUTH"],
  ["3 INVALID_ARGUMENT: etcdserver: user name is empty", "denied", "AUTH"],
  [
    "14 UNAVAILABLE: No connection established. Last error: self-signed certificate in certificate chain",
    "untrusted",
    "AUTH",
  ],
  [
    "13 INTERNAL: Received RST_STREAM with code 2 triggered by internal client error: SSL routines:bad record mac",
    "unknown",
    "UNKNOWN_OUTCOME",
  ],
  ["14 UNAVAILABLE: Name resolution failed for target dns:etcd.certificates.svc:2379", "elsewhere", "UNAVAILABLE"],
  ["5 NOT_FOUND: etcdserver: requested lease not found", "lease gone", "SESSION_LOST"],
  ["3 INVALID_ARGUMENT: etcdserver: request is too large", "too large", "VALUE_TOO_LARGE"],
  ["8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded", "full", "UNAVAILABLE"],
  ["3 INVALID_ARGUMENT: etcdserver: duplicate key given in txn request", "refused", "USAGE"],
];

describe("what etcd and the transport say", () => {
  test.each(said)("%s: %s", (message, kind, code) => {
    const failure = failureOf(new Error(message));
    expect(failure.kind).toBe(kind);
    const error: CoordError = errorOf(failure, { operation: "commit", key: "a", repeatable: false }, "h:1");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^etcd at h:1: .*commit of "a"/);
  });

  test("a full database is to be compacted before anything else", () => {
    const failure = failureOf(new Error("8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded"));
    expect(errorOf(failure, { operation: "commit", repeatable: false }, "h:1").message).toContain(
      "its database is full, commit did not happen. Compact and defragment it, then disarm the alarm.",
    );
  });

  test("a lost answer to what can be repeated is merely unavailable", () => {
    const failure = failureOf(new Error("14 UNAVAILABLE: Connection dropped"));
    const error = errorOf(failure, { operation: "get", key: "a", repeatable: true }, "h:1");
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toBe('etcd at h:1: get of "a" was not answered. (14 UNAVAILABLE: Connection dropped)');
  });
});
