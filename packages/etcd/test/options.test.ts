import { inspect } from "node:util";
import { CoordError } from "@coord/core";
import { describe, expect, test } from "vitest";
import { etcd, fromUrl } from "../src/index.ts";

const messageOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (CoordError.is(error, "USAGE")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("a URL", () => {
  test.each([
    ["etcd://a:2379,b:2380/billing", ["etcd://a:2379", "etcd://b:2380"], "billing"],
    ["etcd://a", ["etcd://a:2379"], ""],
    ["etcd://[::1]:2379,[fe80::1]/x/y/", ["etcd://[::1]:2379", "etcd://[fe80::1]:2379"], "x/y"],
    ["ETCDS://a.example/na%C3%AFve", ["etcds://a.example:2379"], "naïve"],
    ["etcd://me:s%40c%3Aret@127.0.0.1/x", ["etcd://127.0.0.1:2379"], "x"],
    ["etcds://me:secret@a.example/x?ca=ca.pem&serverName=etcd", ["etcds://a.example:2379"], "x"],
  ])("%s", (url, endpoints, namespace) => {
    const backend = fromUrl(url);
    expect(backend.endpoints).toEqual(endpoints);
    expect(backend.namespace).toBe(namespace);
  });

  test.each([
    ["etcd:///x", /names no server/],
    ["etcd:", /names no server/],
    ["etcd://a:0/x", /port 0/],
    ["etcd://a:70000", /port 70000/],
    ["etcd://a,,b", /"" is no host:port/],
    ["etcd://::1:2379", /brackets/],
    ["etcd://a,a:2379", /a:2379 is named twice/],
    ["etcd://a/x%zz", /escapes nothing/],
    ["etcd://a/x//y", /empty segment/],
    ["etcd://a?cacert=x", /"cacert"; there are ca, cert/],
    ["etcd://a?ca=x", /etcds:\/\//],
    ["etcd://me:se?secret@localhost", /escaped: %40/],
    ["etcd://me:se#secret@localhost", /escaped: %40/],
    ["etcd://me:12/secret@localhost", /escaped: %40/],
    ["etcd://me@a.example", /go together/],
    ["etcd://me:secret@a.example", /in the clear.*etcds:\/\/.*allowPlaintext/],
    ["etcd://me:secret@127.0.0.1,b.example", /b\.example:2379 in the clear/],
  ])("%s is refused", (url, message) => {
    const said = messageOf(() => fromUrl(url));
    expect(said).toMatch(message);
    expect(said).not.toContain("secret");
  });

  test("a file that can't be read is named when the connection is made", async () => {
    const context = { runtime: {} as never, logger: {} as never, namespace: "" };
    await expect(fromUrl("etcds://a?ca=/no/such.pem").open(context)).rejects.toThrow(/"\/no\/such\.pem".*as ca/);
  });
});

describe("options", () => {
  const endpoints = ["a.example:2379"];

  test("a password may go in the clear where that is said, to this machine, and over TLS", () => {
    const user = { username: "me", password: "secret" };
    for (const more of [{ allowPlaintext: true }, { tls: true }, { endpoints: "localhost,127.0.0.2:1,[::1]:2" }])
      expect(etcd({ endpoints, ...user, ...more }).endpoints.length).toBeGreaterThan(0);
  });

  test.each([
    [{ endpoints: [] }, /`endpoints` must name/],
    [{ endpoints, username: "me" }, /`username` and `password`/],
    [{ endpoints, tls: { cert: "x" } }, /`tls\.key`/],
    [{ endpoints: ["http://me:secret@a"] }, /no host:port/],
  ])("%j is refused", (options, message) => {
    const said = messageOf(() => etcd(options));
    expect(said).toMatch(message);
    expect(said).not.toContain("secret");
  });

  test("what can be printed of a backend shows no password", () => {
    const backend = fromUrl("etcds://me:secret@a.example/x");
    expect(inspect(backend, { depth: 10, showHidden: true }) + JSON.stringify(backend)).not.toContain("secret");
  });
});
