import { describe, expect, test } from "vitest";
import type { Identity } from "./certificates.ts";
import { programs, start, withoutEtcd } from "./etcd-under-test.ts";
import { etcdctl } from "./etcdctl.ts";
import { eventually } from "./eventually.ts";

const auth = { prefix: "app/" };

describe.skipIf(withoutEtcd)("etcd with users", () => {
  test("lets nobody in, root everywhere, and the app below its prefix only", async () => {
    await using cluster = await start({ auth });
    const { root, app } = cluster.auth;
    const nobody = cluster.gateway();
    const asApp = await nobody.as(app);
    const asRoot = await nobody.as(root);
    await asApp.put("app/", "the least");
    await asApp.put("app/~", "the greatest of ASCII");
    expect(await asApp.get("app/")).toBe("the least");
    await asRoot.put("app", "before");
    await asRoot.put("app0", "after");
    expect(await asRoot.get("app/~")).toBe("the greatest of ASCII");
    for (const key of ["app", "app0"]) {
      await expect(asApp.get(key)).rejects.toThrow("permission denied");
      await expect(asApp.put(key, "mine")).rejects.toThrow("permission denied");
    }
    await expect(nobody.get("app/")).rejects.toThrow("user name is empty");
    const withWrongPassword = nobody.as({ ...app, password: root.password });
    await expect(withWrongPassword).rejects.toThrow("invalid user ID or password");
  });

  test("a restarted server forgets its tokens, if not at the first time, and knows its users", async () => {
    await using cluster = await start({ auth });
    const { app } = cluster.auth;
    const early = await cluster.gateway().as(app);
    await early.put("app/colour", "green");
    await eventually("the token is refused", async () => {
      await cluster.node.restart();
      await expect(early.get("app/colour")).rejects.toThrow("invalid auth token");
    });
    const late = await cluster.gateway().as(app);
    expect(await late.get("app/colour")).toBe("green");
  });

  test("revoked tokens are refused by every server; others, and the password, are good", async () => {
    await using cluster = await start({ nodes: 3, auth });
    const { app, root } = cluster.auth;
    const asRoot = await cluster.gateway().as(root);
    const early = await Promise.all(cluster.nodes.map((node) => cluster.gateway(node).as(app)));
    await cluster.revokeTokens(app);
    for (const gateway of early) {
      await expect(gateway.put("app/colour", "green")).rejects.toThrow("invalid auth token");
      await expect(gateway.get("app/colour")).rejects.toThrow("invalid auth token");
    }
    expect(await asRoot.get("app/colour")).toBeUndefined();
    const late = await cluster.gateway().as(app);
    expect(await late.get("app/colour")).toBeUndefined();
  });

  test("goes together with TLS, where a certificate may say who its owner is", async () => {
    await using cluster = await start({ nodes: 3, auth, tls: "mutual" });
    const { tls, node } = cluster;
    expect(cluster.nodes).toContain(await cluster.leader());
    const asApp = await cluster.gateway().as(cluster.auth.app);
    await asApp.put("app/colour", "green");
    await expect(asApp.get("other")).rejects.toThrow("permission denied");
    await expect(cluster.gateway().get("app/colour")).rejects.toThrow("permission denied");

    const shown = (identity: Identity) => ({ endpoint: node.endpoint, tls: { ca: tls.ca, ...identity } });
    const get = (key: string, identity: Identity) => etcdctl(programs().etcdctl, ["get", key], shown(identity));
    expect(await get("app/colour", tls.app)).toBe("app/colour\ngreen\n");
    await expect(get("other", tls.app)).rejects.toThrow("permission denied");
    await expect(get("app/colour", tls)).rejects.toThrow("permission denied");
  });

  test("servers without users have none to give", async () => {
    await using cluster = await start();
    expect(() => cluster.auth).toThrow("start them with `auth`");
  });
});
