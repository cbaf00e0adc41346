import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { base64 } from "./etcd-gateway.ts";
import { start, withoutEtcd } from "./etcd-under-test.ts";
import { eventually } from "./eventually.ts";
import { http } from "./http.ts";
import { isRunning } from "./process-table.ts";
import { startProxy } from "./proxy/proxy.ts";

describe.skipIf(withoutEtcd)("one etcd server", () => {
  test("answers on loopback, leads itself, and leaves nothing behind", async () => {
    const cluster = await start();
    const { node } = cluster;
    const { pid = 0, folder } = node;
    expect(node.endpoint.host).toBe("127.0.0.1");
    expect(cluster.url).toBe(`etcd://127.0.0.1:${node.endpoint.port}`);
    expect(JSON.parse(await http(node.endpoint, "/health"))).toEqual({ health: "true" });
    expect(JSON.parse(await http(node.endpoint, "/version"))).toHaveProperty("etcdserver");
    expect(await cluster.leader()).toBe(node);
    expect(isRunning(pid)).toBe(true);

    await cluster[Symbol.asyncDispose]();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(dirname(folder))).toBe(false);
  });

  test("keeps its data and its port when it is killed and restarted", async () => {
    await using cluster = await start();
    const { node } = cluster;
    const { endpoint, pid } = node;
    await cluster.gateway(node).put("colour", "green");
    await node.kill();
    expect(node.pid).toBeUndefined();
    await expect(http(endpoint, "/health")).rejects.toThrow("ECONNREFUSED");
    await node.start();
    expect(node.endpoint).toEqual(endpoint);
    expect(node.pid).not.toBe(pid);
    expect(await cluster.gateway(node).get("colour")).toBe("green");
  });

  test("gives no answer while stopped, and the awaited one when continued", async () => {
    await using cluster = await start();
    const { node } = cluster;
    await node.stop();
    await expect(http(node.endpoint, "/health", undefined, 200)).rejects.toThrow("aborted");
    const waiting = http(node.endpoint, "/health");
    node.continue();
    expect(JSON.parse(await waiting)).toEqual({ health: "true" });
  });

  test("can be killed and disposed of while stopped", async () => {
    const cluster = await start();
    const { pid = 0 } = cluster.node;
    await cluster.node.stop();
    await cluster[Symbol.asyncDispose]();
    expect(isRunning(pid)).toBe(false);
  });

  test("a server that can't start says why", async () => {
    await expect(start({ args: ["--no-such-flag"] })).rejects.toThrow(/etcd1 ended with code \d[\s\S]*no-such-flag/);
  });

  test("behind a proxy: stalled replies come late, cut replies come in part", async () => {
    await using cluster = await start();
    await using proxy = await startProxy(cluster.node.endpoint);
    proxy.stall("replies");
    const waiting = http(proxy.endpoint, "/v3/kv/put", { key: base64("a"), value: base64("1") });
    await eventually("the server has done it", async () => (await cluster.gateway().get("a")) === "1");
    await eventually("the proxy keeps the reply", () => proxy.counts.heldBytes > 0);
    proxy.heal();
    expect(JSON.parse(await waiting)).toHaveProperty("header");

    proxy.cutAfter(20, "replies");
    const replyBytes = proxy.counts.replyBytes;
    await expect(http(proxy.endpoint, "/version")).rejects.toThrow(/ECONNRESET|aborted|hang up/);
    expect(proxy.counts.replyBytes - replyBytes).toBe(20);
  });

  test("behind a proxy: a request that its client has given up is carried out late", async () => {
    await using cluster = await start();
    await using proxy = await startProxy(cluster.node.endpoint);
    proxy.stall("requests");
    const given = http(proxy.endpoint, "/v3/kv/put", { key: base64("a"), value: base64("late") });
    const failed = expect(given).rejects.toThrow(/ECONNRESET|hang up/);
    await eventually("the proxy keeps the request", () => proxy.counts.heldBytes > 0);
    proxy.abandon();
    await failed;
    await cluster.gateway().put("a", "early");
    proxy.heal();
    await eventually("the server has done both", async () => (await cluster.gateway().get("a")) === "late");
    expect(proxy.counts.replyBytes).toBe(0);
  });
});

describe.skipIf(withoutEtcd)("three etcd servers", () => {
  test("choose another leader when theirs is killed, and take it back as a follower", async () => {
    await using cluster = await start({ nodes: 3 });
    expect(cluster.endpoints).toHaveLength(3);
    const first = await cluster.leader();
    await cluster.gateway(first).put("colour", "green");
    await first.kill();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    const colour = async () => (await cluster.gateway(second).get("colour")) ?? false;
    expect(await eventually("the other two agree on a read", colour)).toBe("green");
    await first.restart();
    expect(await cluster.gateway(first).get("colour")).toBe("green");
  });

  test("choose another leader when theirs is stopped; continued, it is none", async () => {
    await using cluster = await start({ nodes: 3 });
    const first = await cluster.leader();
    await first.stop();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    first.continue();
    await eventually("the first follows", async () => (await first.leads()) === undefined);
    expect(await cluster.leader()).not.toBe(first);
  });

  test("do not work without a majority, and do again with it", async () => {
    await using cluster = await start({ nodes: 3 });
    const [one, ...others] = cluster.nodes;
    if (one === undefined) throw new Error("three nodes");
    await Promise.all(others.map((node) => node.kill()));
    await eventually("the one left is not healthy", async () => {
      await expect(http(one.endpoint, "/health", undefined, 500)).rejects.toThrow();
    });
    await Promise.all(others.map((node) => node.start()));
    await cluster.gateway(one).put("colour", "green");
  });
});
