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

test("options that can't be right are refused where they are given", () => {
  expect(() => zookeeper({ servers: [] })).toThrow(/at least one server/);
  expect(() => zookeeper({ servers: ["a"], acl: [] })).toThrow(/acl/);
  expect(() => zookeeper({ servers: ["a"], maxReplyBytes: 1 })).toThrow(/maxReplyBytes/);
  expect(() => zookeeper({ servers: ["a"], auth: { user: "a:b", password: "secret-7" } })).toThrow(/colon/);
});
