import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { eventually } from "./eventually.ts";
import { fourLetterWord } from "./four-letter-word.ts";
import { isRunning } from "./process-table.ts";
import { binariesOf } from "./provision/found.ts";
import { startProxy } from "./proxy/proxy.ts";
import { startZooKeeper, type ZooKeeperOptions } from "./zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);

function start(options: Omit<ZooKeeperOptions, "binaries"> = {}) {
  if (binaries === undefined) throw new Error("to be skipped without ZooKeeper");
  return startZooKeeper({ binaries, ...options });
}

describe.skipIf(binaries === undefined)("one ZooKeeper server", () => {
  test("answers on loopback, leads itself, and leaves nothing behind", async () => {
    const cluster = await start({ tickMs: 300 });
    const { node } = cluster;
    const { pid = 0, folder } = node;
    expect(node.endpoint.host).toBe("127.0.0.1");
    expect(cluster.url).toBe(`zk://127.0.0.1:${node.endpoint.port}`);
    expect(await fourLetterWord(node.endpoint, "ruok")).toBe("imok");
    expect(await fourLetterWord(node.endpoint, "srvr")).toContain("Mode: standalone");
    expect(await fourLetterWord(node.endpoint, "conf")).toMatch(/tickTime=300\n[\s\S]*minSessionTimeout=600\n/);
    expect(await cluster.leader()).toBe(node);
    expect(isRunning(pid)).toBe(true);

    await cluster[Symbol.asyncDispose]();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(dirname(folder))).toBe(false);
  });

  test("keeps its port when it is killed and restarted", async () => {
    await using cluster = await start();
    const { node } = cluster;
    const { endpoint, pid } = node;
    await node.kill();
    await expect(fourLetterWord(endpoint, "ruok")).rejects.toThrow("ECONNREFUSED");
    await node.start();
    expect(node.endpoint).toEqual(endpoint);
    expect(node.pid).not.toBe(pid);
    expect(await fourLetterWord(endpoint, "ruok")).toBe("imok");
  });

  test("gives no answer while stopped, and the awaited one when continued", async () => {
    await using cluster = await start();
    const { node } = cluster;
    await node.stop();
    await expect(fourLetterWord(node.endpoint, "ruok", 200)).rejects.toThrow("not answered");
    const waiting = fourLetterWord(node.endpoint, "ruok");
    node.continue();
    expect(await waiting).toBe("imok");
  });

  test("a server that can't start says why", async () => {
    await expect(start({ config: ["tickTime=soon"] })).rejects.toThrow(/zookeeper1 ended with code \d[\s\S]*soon/);
  });

  test("behind a proxy: stalled replies come late, cut replies come in part", async () => {
    await using cluster = await start();
    await using proxy = await startProxy(cluster.node.endpoint);
    proxy.stall("replies");
    const waiting = fourLetterWord(proxy.endpoint, "ruok");
    await eventually("the proxy keeps the reply", () => proxy.counts.heldBytes === 4);
    proxy.heal();
    expect(await waiting).toBe("imok");

    proxy.cutAfter(10, "replies");
    const replyBytes = proxy.counts.replyBytes;
    await expect(fourLetterWord(proxy.endpoint, "srvr")).rejects.toThrow("ECONNRESET");
    expect(proxy.counts.replyBytes - replyBytes).toBe(10);
  });
});

describe.skipIf(binaries === undefined)("three ZooKeeper servers", () => {
  test("choose another leader when theirs is killed, and take it back as a follower", async () => {
    await using cluster = await start({ nodes: 3 });
    expect(cluster.endpoints).toHaveLength(3);
    const first = await cluster.leader();
    await first.kill();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    await first.restart();
    expect(await fourLetterWord(first.endpoint, "srvr")).toContain("Mode: follower");
    expect(await cluster.leader()).toBe(second);
  });

  test("choose another leader when theirs is stopped; continued, it is none", async () => {
    await using cluster = await start({ nodes: 3, config: ["syncLimit=3"] });
    const first = await cluster.leader();
    await first.stop();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    first.continue();
    await eventually("the first follows", async () => {
      expect(await fourLetterWord(first.endpoint, "srvr")).toContain("Mode: follower");
    });
    expect(await cluster.leader()).toBe(second);
  });

  test("do not serve without a majority, and do again with it", async () => {
    await using cluster = await start({ nodes: 3 });
    const [one, ...others] = cluster.nodes;
    if (one === undefined) throw new Error("three nodes");
    await Promise.all(others.map((node) => node.kill()));
    await eventually("the one left does not serve", async () => {
      expect(await fourLetterWord(one.endpoint, "srvr")).toContain("not currently serving");
    });
    await Promise.all(others.map((node) => node.start()));
    await eventually("the one left serves", async () => {
      expect(await fourLetterWord(one.endpoint, "srvr")).toContain("Mode: ");
    });
  });
});
