import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { type ConnectOptions, CoordError, connect } from "@coord/core";
import { systemRuntime } from "@coord/core/spi";
import { etcd } from "@coord/etcd";
import { Mutex } from "@coord/lock";
import { describe, expect, onTestFinished, test } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld, silent } from "./world.ts";

type Options = Parameters<typeof etcd>[0];

/** How long a connect may take to say what is wrong. */
const withinMs = 5_000;

const endpointsOf = (world: EtcdWorld) => world.cluster.endpoints.map(hostPort);

async function connected(options: Options, more: ConnectOptions = {}) {
  const coord = await connect(etcd(options), more);
  onTestFinished(() => coord.close());
  return coord;
}

async function refusal(options: Options, more: ConnectOptions = {}): Promise<CoordError> {
  const startMs = performance.now();
  const error = await connect(etcd(options), more).then(
    () => new Error("was let in"),
    (reason) => reason,
  );
  expect(performance.now() - startMs).toBeLessThan(withinMs);
  if (!CoordError.is(error)) throw error;
  return error;
}

describe.skipIf(binaries === undefined)("TLS with etcd", () => {
  test("a lock over TLS with a client's certificate, by options and by URL", async () => {
    const world = await EtcdWorld.start({ tls: "mutual" });
    const { ca, cert, key } = world.cluster.tls;
    const coord = await connected({ endpoints: endpointsOf(world), tls: { ca, cert, key } });
    await new Mutex(coord, "m").run(({ check }) => check());
    const folder = world.cluster.node.folder;
    for (const [name, pem] of Object.entries({ ca, cert, key })) await writeFile(join(folder, `${name}.pem`), pem);
    const files = ["ca", "cert", "key"].map((name) => `${name}=${join(folder, `${name}.pem`)}`).join("&");
    const byUrl = await connect(`etcds://${endpointsOf(world).join(",")}/n?${files}`);
    onTestFinished(() => byUrl.close());
    await new Mutex(byUrl, "m").run(({ check }) => check());
    expect((await coord.store.list("n/m")).entries).toEqual([]);
  });

  test("a certificate of an authority that isn't trusted: an error that says so", async () => {
    const world = await EtcdWorld.start({ tls: "server" });
    const endpoints = endpointsOf(world);
    for (const tls of [true, { ca: world.cluster.tls.otherCa }]) {
      const error = await refusal({ endpoints, tls });
      expect(error.code).toBe("AUTH");
      expect(error.message).toMatch(/certificate.*Check the `ca`|Check the `ca`.*certificate/);
      expect(error.message).toContain(endpoints[0]);
    }
  });

  test("a certificate made out to another name, and the name that it is made out to", async () => {
    const world = await EtcdWorld.start({ tls: "server" });
    const { ca } = world.cluster.tls;
    const error = await refusal({ endpoints: endpointsOf(world), tls: { ca, serverName: "elsewhere.example" } });
    expect([error.code, error.message]).toEqual(["AUTH", expect.stringMatching(/elsewhere\.example/)]);
    const coord = await connected({ endpoints: endpointsOf(world), tls: { ca, serverName: "localhost" } });
    await coord.store.get("k");
  });

  test.each(["expired", "stranger", "none"] as const)(
    "a client's certificate that the server refuses: %s",
    async (which) => {
      const world = await EtcdWorld.start({ tls: "mutual" });
      const { ca } = world.cluster.tls;
      const shown = which === "none" ? {} : world.cluster.tls[which];
      const error = await refusal({ endpoints: endpointsOf(world), tls: { ca, ...shown } });
      expect(error.code).toBe("AUTH");
      expect(error.message).toMatch(/`cert`/);
    },
  );

  test("a server that speaks no TLS, and one that speaks nothing else: an error within seconds", async () => {
    const plain = await EtcdWorld.start();
    const withTls = await refusal({ endpoints: endpointsOf(plain), tls: true }, { waitMs: 2_000 });
    expect([withTls.code, withTls.message]).toEqual(["UNAVAILABLE", expect.stringMatching(/TLS/)]);
    const secure = await EtcdWorld.start({ tls: "server" });
    const without = await refusal({ endpoints: endpointsOf(secure) }, { waitMs: 2_000 });
    expect([without.code, without.message]).toEqual(["UNAVAILABLE", expect.stringMatching(/etcd: or etcds:/)]);
  });
});

describe.skipIf(binaries === undefined)("users of etcd", () => {
  const start = async () => {
    const world = await EtcdWorld.start({ auth: { prefix: "app/" } });
    return { world, endpoints: endpointsOf(world), user: world.cluster.auth.app };
  };

  test("a user with the right to the namespace works below it", async () => {
    const { endpoints, user } = await start();
    const coord = await connected({ endpoints, namespace: "app", ...user });
    await new Mutex(coord, "m").run(({ check }) => check());
    const other = await connected({ endpoints, ...user }, { namespace: "app/deep" });
    await other.store.commit({ writes: [{ put: "k", value: bytes("1") }] });
  });

  test.each([
    ["a wrong password", { password: "wrong" }, "app", /`username` and `password`/],
    ["a user that isn't there", { username: "nobody" }, "app", /`username` and `password`/],
    ["no user", { username: undefined, password: undefined }, "app", /It asks for a user/],
    ["a namespace without the right", {}, "other", /Grant the user's role/],
    ["no namespace", {}, undefined, /Grant the user's role/],
  ] as const)("%s: an error that says so", async (_, wrong, namespace, message) => {
    const { endpoints, user } = await start();
    const error = await refusal({ endpoints, namespace, ...user, ...wrong });
    expect(error.code).toBe("AUTH");
    expect(error.message).toMatch(message);
    const said = inspect(error, { depth: 10 }) + JSON.stringify(error) + error.stack;
    expect(said).not.toContain(user.password);
  });

  // A stream is refused for the sake of one, and the others must not be (E7).
  test("a watch without the right fails alone, and says so", async () => {
    const { endpoints, user } = await start();
    const store = await etcd({ endpoints, ...user }).open({ runtime: systemRuntime, logger: silent, namespace: "app" });
    onTestFinished(() => store.close());
    const mine = store.watch({ key: "app/k" })[Symbol.asyncIterator]();
    await mine.next();
    const refused = store.watch({ key: "elsewhere/k" })[Symbol.asyncIterator]();
    await expect(refused.next()).rejects.toMatchObject({ code: "AUTH" });
    await store.commit({ writes: [{ put: "app/k", value: bytes("1") }] });
    const { value } = await mine.next();
    expect(value.entries).toHaveLength(1);
    const later = store.watch({ key: "app/k2" })[Symbol.asyncIterator]();
    expect((await later.next()).value.entries).toEqual([]);
  });

  // Watches that carry a token of before would fail for ever (E9).
  test("a token that isn't valid any more is renewed: the session, the lock, calls and watches go on", async () => {
    const { world, endpoints, user } = await start();
    const coord = await connected({ endpoints, namespace: "app", ...user }, { session: { ttlMs: 5_000 } });
    const hold = await new Mutex(coord, "m").acquire();
    const watch = coord.store.watch({ key: "k" })[Symbol.asyncIterator]();
    await watch.next();
    await world.cluster.revokeTokens(user);
    await coord.store.commit({ guards: [hold.guard], writes: [{ put: "k", value: bytes("1") }] });
    let { value } = await watch.next();
    while (value.entries.length === 0) ({ value } = await watch.next()); // it tells of the interruption first
    expect(value.entries).toHaveLength(1);
    const later = coord.store.watch({ key: "k" })[Symbol.asyncIterator]();
    expect((await later.next()).value.entries).toHaveLength(1);
    const untilMs = () => performance.now() + hold.remainingMs;
    const beforeMs = untilMs();
    await eventually("a renewal", () => untilMs() > beforeMs + 100);
    await world.cluster.revokeTokens(user);
    await world.cluster.node.restart();
    await eventually("connected again", () => coord.state === "connected");
    await eventually("a write", () =>
      coord.store.commit({ writes: [{ put: "k", value: bytes("2") }] }).then(() => true),
    );
    await eventually(
      "the change",
      async () => Buffer.from((await watch.next()).value.entries[0].value).toString() === "2",
    );
    expect(await hold.release()).toBe("released");
  });
});
