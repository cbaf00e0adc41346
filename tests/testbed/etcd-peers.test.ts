import { describe, expect, test } from "vitest";
import type { EtcdCluster } from "./etcd-cluster.ts";
import { base64 } from "./etcd-gateway.ts";
import { start, withoutEtcd } from "./etcd-under-test.ts";
import { eventually } from "./eventually.ts";
import type { ServerNode } from "./server-node.ts";

/** A node may say that it can't agree with the others, or wait for longer than it is waited for. */
const noAnswer = /etcdserver: |operation was aborted/;

/** What the node itself has, whatever the others have by now. */
async function ownView(cluster: EtcdCluster, node: ServerNode, key: string): Promise<string | undefined> {
  const { kvs } = await cluster.gateway(node).call("kv/range", { key: base64(key), serializable: true });
  return kvs && Buffer.from(kvs[0].value, "base64").toString();
}

async function followers(cluster: EtcdCluster): Promise<[ServerNode, ServerNode]> {
  const leader = await cluster.leader();
  const [one, two] = cluster.nodes.filter((node) => node !== leader);
  if (!one || !two) throw new Error("three nodes");
  return [one, two];
}

describe.skipIf(withoutEtcd)("etcd servers with proxies between them", () => {
  test("a leader cut off is replaced, answers clients without agreeing to anything, and follows when it rejoins", async () => {
    await using cluster = await start({ nodes: 3, peerProxies: true });
    const first = await cluster.leader();
    await cluster.gateway(first).put("colour", "green");
    cluster.cutOff(first);
    const second = await eventually("another leads", async () => {
      const leader = await cluster.leader();
      return leader !== first && leader;
    });
    await cluster.gateway(second).put("colour", "red");
    expect(await ownView(cluster, first, "colour")).toBe("green");
    await expect(cluster.gateway(first).get("colour")).rejects.toThrow(noAnswer);
    await eventually("it leads no more", async () => (await first.leads()) === undefined);

    cluster.rejoin(first);
    const colour = async () => (await cluster.gateway(first).get("colour")) ?? false;
    expect(await eventually("all agree on a read", colour)).toBe("red");
    expect(await first.leads()).toBeUndefined();
  });

  test("a follower cut off knows nothing new, and the others go on with their leader", async () => {
    await using cluster = await start({ nodes: 3, peerProxies: true });
    const leader = await cluster.leader();
    const [one, two] = await followers(cluster);
    await cluster.gateway(leader).put("colour", "green");
    await eventually("it has the first value", async () => (await ownView(cluster, one, "colour")) === "green");
    cluster.cutOff(one);
    await cluster.gateway(two).put("colour", "red");
    await eventually("the other one has it", async () => (await ownView(cluster, two, "colour")) === "red");
    expect(await ownView(cluster, one, "colour")).toBe("green");
    expect(await cluster.leader()).toBe(leader);
    cluster.rejoin(one);
    await eventually("it has the second value", async () => (await ownView(cluster, one, "colour")) === "red");
  });

  test("with two cut off nobody agrees, not even those two; with one of them back the majority does", async () => {
    await using cluster = await start({ nodes: 3, peerProxies: true });
    const [one, two] = await followers(cluster);
    cluster.cutOff(one);
    cluster.cutOff(two);
    for (const node of cluster.nodes) {
      await eventually(`${node.name} leads no more`, async () => (await node.leads()) === undefined);
      await expect(cluster.gateway(node).get("colour")).rejects.toThrow(noAnswer);
    }
    cluster.rejoin(one);
    await eventually("the majority agrees", () => cluster.gateway(one).put("colour", "green"));
    expect(await ownView(cluster, two, "colour")).toBeUndefined();
    cluster.rejoin(two);
    await eventually("all agree", async () => (await ownView(cluster, two, "colour")) === "green");
  });

  test("a restarted member is known by its new process", async () => {
    await using cluster = await start({ nodes: 3, peerProxies: true });
    const [one, two] = await followers(cluster);
    await one.restart();
    cluster.cutOff(one);
    await eventually("the others agree", () => cluster.gateway(two).put("colour", "green"));
    expect(await ownView(cluster, one, "colour")).toBeUndefined();
    await expect(cluster.gateway(one).get("colour")).rejects.toThrow(noAnswer);
    cluster.rejoin(one);
    await eventually("all agree", async () => (await ownView(cluster, one, "colour")) === "green");
  });

  test("can be set back to a snapshot, too", async () => {
    await using cluster = await start({ nodes: 3, peerProxies: true });
    const snapshot = await cluster.saveSnapshot();
    await cluster.gateway().put("colour", "green");
    await cluster.restoreSnapshot(snapshot);
    expect(await cluster.gateway().get("colour")).toBeUndefined();
  });

  test("servers without proxies can't be cut off", async () => {
    await using cluster = await start();
    expect(() => cluster.cutOff(cluster.node)).toThrow("start them with `peerProxies`");
  });
});
