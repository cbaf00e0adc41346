import { expect, test } from "vitest";
import { fromUrl, zookeeper } from "../src/index.ts";

test.each([
  ["zk://a", ["a:2181"], ""],
  ["zk://a:1,b:2/x/y", ["a:1", "b:2"], "x/y"],
  ["zks://[::1]:5,[fe80::1]", ["[::1]:5", "[fe80::1]:2181"], ""],
  ["ZK://a/with%20space", ["a:2181"], "with space"],
  ["zk://me:p%40ss@localhost/n", ["localhost:2181"], "n"],
])("%s", (url, endpoints, namespace) => {
  const backend = fromUrl(url);
  expect([backend.endpoints, backend.namespace]).toEqual([endpoints, namespace]);
});

test.each([
  ["zk://", /like zk/],
  ["zk://a:0", /no server/],
  ["zk://a:65536", /no server/],
  ["zk://a b", /no server/],
  ["zk://::1", /no server/],
  ["zk://me@a", /without a password/],
  ["zk://me:%@a", /password/],
  ["zk://a/%", /namespace/],
  ["zk://a?x=1", /like zk/],
])("%s is refused", (url, message) => {
  expect(() => fromUrl(url)).toThrow(message);
});

test.each([
  "zk://app:secret-7",
  "zk://app:secret-7/billing",
  "zk://app:secret-7@a:x",
  "zk://app:secret-7@a@b:1",
  "zk://app:secret-7,b:2181",
])("what is wrong with a URL is said without its password: %s", (url) => {
  const refused = () => fromUrl(url);
  expect(refused).toThrow();
  expect(refused).not.toThrow(/secret-7/);
});

test.each(["app:secret-7@a:2181", "zk://app:secret-7@a"])(
  "and so is what is wrong with a server in the options: %s",
  (server) => {
    const refused = () => zookeeper({ servers: [server] });
    expect(refused).toThrow(/no server/);
    expect(refused).not.toThrow(/secret-7/);
  },
);

test.each([{ ca: "no certificate" }, { cert: "no certificate" }, { cert: "x", key: "no key" }])(
  "a certificate that is none is refused where it is given, not by a crash when it is used: %o",
  (tls) => {
    expect(() => zookeeper({ servers: ["a"], tls })).toThrow(/PEM/);
  },
);

test("options that can't be right are refused where they are given", () => {
  expect(() => zookeeper({ servers: [] })).toThrow(/at least one server/);
  expect(() => zookeeper({ servers: ["a"], acl: [] })).toThrow(/acl/);
  expect(() => zookeeper({ servers: ["a"], maxReplyBytes: 1 })).toThrow(/maxReplyBytes/);
  expect(() => zookeeper({ servers: ["a"], auth: { user: "a:b", password: "secret-7" } })).toThrow(/colon/);
});
