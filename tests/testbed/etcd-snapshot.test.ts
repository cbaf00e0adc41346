import { describe, expect, test } from "vitest";
import { start, withoutEtcd } from "./etcd-under-test.ts";

describe.skipIf(withoutEtcd)("an etcd cluster set back to a snapshot", () => {
  test.each([1, 3] as const)(
    "knows what it knew then, at the revision of then, on the same ports (%i)",
    async (nodes) => {
      await using cluster = await start({ nodes });
      const { endpoints } = cluster;
      const revision = async () => (await cluster.gateway().call("kv/range", { key: "eA==" })).header.revision;
      await cluster.gateway().put("colour", "green");
      const then = await revision();
      const snapshot = await cluster.saveSnapshot();
      await cluster.gateway().put("colour", "red");
      await cluster.gateway().put("shape", "round");
      expect(await revision()).not.toBe(then);

      await cluster.restoreSnapshot(snapshot);
      expect(cluster.endpoints).toEqual(endpoints);
      for (const node of cluster.nodes) {
        expect(await cluster.gateway(node).get("colour")).toBe("green");
        expect(await cluster.gateway(node).get("shape")).toBeUndefined();
      }
      expect(await revision()).toBe(then);
      await cluster.leader();
      await cluster.gateway().put("shape", "square");
      await cluster.node.restart();
      expect(await cluster.gateway().get("shape")).toBe("square");
    },
  );

  test("can be set back again, to either of two snapshots", async () => {
    await using cluster = await start();
    const empty = await cluster.saveSnapshot();
    await cluster.gateway().put("colour", "green");
    const green = await cluster.saveSnapshot();
    await cluster.restoreSnapshot(empty);
    expect(await cluster.gateway().get("colour")).toBeUndefined();
    await cluster.restoreSnapshot(green);
    expect(await cluster.gateway().get("colour")).toBe("green");
  });

  test("also with users and TLS", async () => {
    await using cluster = await start({ tls: "mutual", auth: { prefix: "app/" } });
    const { app } = cluster.auth;
    const snapshot = await cluster.saveSnapshot();
    await (await cluster.gateway().as(app)).put("app/colour", "green");
    await cluster.restoreSnapshot(snapshot);
    await expect(cluster.gateway().get("app/colour")).rejects.toThrow("permission denied");
    expect(await (await cluster.gateway().as(app)).get("app/colour")).toBeUndefined();
  });
});
