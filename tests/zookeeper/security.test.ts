import { inspect } from "node:util";
import { bytes, text } from "@coord/conformance";
import { CoordError, connect, systemRuntime } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { type ZooKeeperOptions, zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Certificates, certificates } from "../testbed/certificates.ts";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const events = { renewed: nothing, disconnected: nothing, expired: nothing };
const password = "open-sesame-7";
const auth = { user: "app", password };

const opened = (options: ZooKeeperOptions): Promise<Store> =>
  zookeeper(options).open({ runtime: systemRuntime, logger: silent, namespace: "" });
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no failure",
    (error) => error,
  );

describe.skipIf(binaries === undefined)("credentials", () => {
  let cluster: Cluster;
  let servers: string[];

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    servers = [hostPort(cluster.node.endpoint)];
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test("who has an identity makes nodes for it alone, and the directories on the way too", async () => {
    await using ours = await connect(zookeeper({ servers, auth, namespace: "private" }));
    const hold = await new Mutex(ours, "deep/m").acquire();
    await ours.store.commit({ writes: [{ create: "deep/k", value: bytes("1") }] });
    const stranger = await opened({ servers });
    const held = "exists" in hold.guard ? `private/${hold.guard.exists}` : "";
    for (const call of [
      () => stranger.get("private/deep/k"),
      () => stranger.list("private/deep"),
      () => stranger.commit({ writes: [{ put: "private/deep/k", value: bytes("2") }] }),
      () => stranger.commit({ writes: [{ create: "private/deep/other", value: bytes("2") }] }),
      () => stranger.commit({ writes: [{ remove: held }] }),
    ]) {
      const error = await failure(call());
      expect(CoordError.is(error, "AUTH"), String(error)).toBe(true);
    }
    hold.check();
    const [first] = (await ours.store.list("deep")).entries.map(({ value }) => text(value));
    expect(first).toBe("1");
    await stranger.close();
  });

  test("what is asked first, before there is a connection, is asked with the credentials, also after it broke", async () => {
    const writer = await opened({ servers, auth });
    await writer.commit({ writes: [{ create: "guarded/k", value: bytes("1") }] });
    for (let round = 0; round < 10; round += 1) {
      const reader = await opened({ servers, auth });
      expect((await reader.get("guarded/k"))?.value.length).toBe(1);
      await reader.close();
    }
    await writer.close();
  });

  test("a wrong password is an AuthError at what it may not touch", async () => {
    const impostor = await opened({ servers, auth: { user: "app", password: "guess" } });
    expect(CoordError.is(await failure(impostor.get("guarded/k")), "AUTH")).toBe(true);
    await impostor.close();
  });

  test("an ACL that was given is used, and `open` is open", async () => {
    const readable = await opened({ servers, auth, acl: [{ perms: 1, scheme: "world", id: "anyone" }] });
    await readable.commit({ writes: [{ create: "readable-k", value: bytes("1") }] });
    const shared = await opened({ servers, auth, acl: "open" });
    await shared.commit({ writes: [{ create: "shared/k", value: bytes("1") }] });
    const stranger = await opened({ servers });
    expect((await stranger.get("readable-k"))?.value.length).toBe(1);
    const put = (key: string) => failure(stranger.commit({ writes: [{ put: key, value: bytes("2") }] }));
    expect(CoordError.is(await put("readable-k"), "AUTH")).toBe(true);
    expect(await put("shared/k")).toBe("no failure");
    for (const store of [readable, shared, stranger]) await store.close();
  });

  test("no secret shows in errors, status, inspection or logs", async () => {
    const said: unknown[] = [];
    const log = (...all: unknown[]) => void said.push(all);
    const url = `zk://app:${password}@${servers[0]}/secret`;
    const logger = { debug: log, info: log, warn: log, error: log };
    const coord = await connect(url, { logger });
    const session = await opened({ servers, auth }).then(async (store) => [
      store,
      await store.openSession({ ttlMs: 4_000, events }),
      zookeeper({ servers, auth }),
    ]);
    const wrong = [
      () => connect(`zk://app:${password}@${servers[0]}/%`),
      () => connect(`zk://app:${password}@host:0`),
      () => connect(`zk://app:${password}@far.example`),
      () => connect(`zk://app${password}@${servers[0]}`),
      () => connect(`zk://app:${password}@127.0.0.1:1`, { waitMs: 300 }),
    ];
    for (const call of wrong) {
      const error = await failure(call());
      expect(CoordError.is(error), String(error)).toBe(true);
      said.push(error, (error as Error).stack);
    }
    said.push(coord, coord.status(), JSON.stringify(coord.status()), session, String(coord));
    const shown = inspect(said, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
    expect(shown).not.toContain(password);
    expect(shown).not.toContain(Buffer.from(password).toString("base64"));
    expect(shown).not.toContain(Buffer.from(password).toString("hex").match(/../g)?.join(" "));
    await coord.close();
    await (session[0] as Store).close();
  });
});

test("credentials don't travel in the clear to another host, unless that is said aloud", () => {
  const far = { servers: ["10.1.2.3:2181"], auth };
  expect(() => zookeeper(far)).toThrow(/without TLS/);
  expect(() => zookeeper({ ...far, servers: ["localhost", "zoo.example"] })).toThrow(/zoo\.example/);
  for (const fine of [
    { ...far, allowPlaintext: true },
    { ...far, tls: true as const },
    { ...far, servers: ["[::1]:2181"] },
  ]) {
    expect(() => zookeeper(fine)).not.toThrow();
  }
});

describe.skipIf(binaries === undefined).each(["server", "mutual"] as const)("TLS, %s", (mode) => {
  let cluster: Cluster;
  let all: Certificates;
  let servers: string[];

  beforeAll(async () => {
    if (!binaries) return;
    all = await certificates();
    cluster = await startZooKeeper({ binaries, tickMs: 200, tls: mode });
    const secure = cluster.node.secureEndpoint;
    servers = secure ? [hostPort(secure)] : [];
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const own = () => (mode === "mutual" ? { ca: all.ca, ...all.client } : { ca: all.ca });

  test("a lock is had over it", async () => {
    await using coord = await connect(zookeeper({ servers, tls: own() }));
    const hold = await new Mutex(coord, "m").acquire();
    expect(await hold.release()).toBe("released");
  });

  test("a server that can't be trusted, or has another name, is an error that says so", async () => {
    const wrong: [Exclude<ZooKeeperOptions["tls"], true | undefined>, RegExp][] = [
      [{ ...own(), ca: all.otherCa }, /certificate|signature/i],
      [{ ...own(), serverName: "other.example" }, /other\.example/],
    ];
    for (const [tls, message] of wrong) {
      const error = await failure(connect(zookeeper({ servers, tls }), { waitMs: 1_000 }));
      expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
      expect(String(error)).toMatch(message);
      expect(String(error)).toContain(servers[0]);
    }
  });

  if (mode === "server") return; // which asks no client who it is

  test("a client that the server can't trust is turned away, and told within its time", async () => {
    for (const client of [undefined, all.stranger, all.expired]) {
      const error = await failure(connect(zookeeper({ servers, tls: { ca: all.ca, ...client } }), { waitMs: 1_000 }));
      expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
    }
  });

  test("a client with a certificate makes nodes for itself alone", async () => {
    const ours = await opened({ servers, tls: own() });
    await ours.commit({ writes: [{ create: "by-certificate/k", value: bytes("1") }] });
    const stranger = await opened({ servers: [hostPort(cluster.node.endpoint)] });
    expect(CoordError.is(await failure(stranger.get("by-certificate/k")), "AUTH")).toBe(true);
    await ours.close();
    await stranger.close();
  });
});
