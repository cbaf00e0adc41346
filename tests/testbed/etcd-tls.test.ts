import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import type { Identity } from "./certificates.ts";
import { EtcdGateway } from "./etcd-gateway.ts";
import { start, withoutEtcd } from "./etcd-under-test.ts";
import { http } from "./http.ts";
import type { ServerNode } from "./server-node.ts";

describe.skipIf(withoutEtcd)("etcd over TLS", () => {
  test("shows a certificate for 127.0.0.1 and localhost that its authority has signed, and no plain word", async () => {
    await using cluster = await start({ tls: "server" });
    const { node, tls } = cluster;
    expect(cluster.url).toBe(`etcds://127.0.0.1:${node.endpoint.port}`);
    for (const host of ["127.0.0.1", "localhost"]) {
      const answer = await http({ host, port: node.endpoint.port, tls: { ca: tls.ca } }, "/health");
      expect(JSON.parse(answer)).toEqual({ health: "true" });
    }
    const trusting = (ca: Buffer) => http({ ...node.endpoint, tls: { ca } }, "/health");
    await expect(trusting(tls.otherCa)).rejects.toThrow("unable to verify the first certificate");
    await expect(http(node.endpoint, "/health")).rejects.toThrow("hang up");
    await expect(nameShown(node, tls.ca, "elsewhere.example")).rejects.toThrow("does not match certificate's altnames");
    expect(await nameShown(node, tls.ca, "localhost")).toBe("server");
  });

  test("leads, stores, and is there again after a kill, over TLS", async () => {
    await using cluster = await start({ tls: "server" });
    expect(await cluster.leader()).toBe(cluster.node);
    await cluster.gateway().put("colour", "green");
    await cluster.node.restart();
    expect(await cluster.gateway().get("colour")).toBe("green");
  });

  test("wants a client's certificate that is in force and its authority's", async () => {
    await using cluster = await start({ tls: "mutual" });
    const { endpoint } = cluster.node;
    const { ca, cert, key, expired, stranger } = cluster.tls;
    const shown = (identity: Partial<Identity>) => new EtcdGateway({ ...endpoint, tls: { ca, ...identity } });
    await shown({ cert, key }).put("colour", "green");
    expect(await shown({ cert, key }).get("colour")).toBe("green");
    await expect(shown({}).get("colour")).rejects.toThrow(/bad certificate|certificate required/);
    await expect(shown(expired).get("colour")).rejects.toThrow(/bad certificate|expired/);
    await expect(shown(stranger).get("colour")).rejects.toThrow(/bad certificate|unknown/);
  });

  test("three servers that want certificates have a leader, and another one when theirs is killed", async () => {
    await using cluster = await start({ nodes: 3, tls: "mutual" });
    const first = await cluster.leader();
    await first.kill();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    await first.start();
    await cluster.gateway(second).put("colour", "green");
    expect(await cluster.gateway(first).get("colour")).toBe("green");
  });

  test("servers without TLS have no certificates to give", async () => {
    await using cluster = await start();
    expect(() => cluster.tls).toThrow("start them with `tls`");
  });
});

/** Who the server says it is when it is asked for by this name. */
function nameShown({ endpoint }: ServerNode, ca: Buffer, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...endpoint, ca, servername }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
