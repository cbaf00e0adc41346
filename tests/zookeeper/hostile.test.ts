import { CoordError, systemRuntime } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { zookeeper } from "@coord/zookeeper";
import { expect, test } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { silentServer } from "../testbed/proxy/ends.ts";
import { answer, type ClientRequest, ScriptedServer } from "./scripted-server.ts";

const nothing = () => {};
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };

async function clientOf(...servers: readonly string[]): Promise<Store> {
  return zookeeper({ servers, maxReplyBytes: 64 * 1024 }).open({
    runtime: systemRuntime,
    logger: quiet,
    namespace: "",
  });
}

const sync = 9;
const getChildren = 8;
const writes: readonly number[] = [1, 5, 14];
const sessionExpired = -112;
const noAuth = -102;
const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no failure",
    (error) => error,
  );

test("an error code that nobody knows is an error of the call, and harms nothing else", async () => {
  await using server = await ScriptedServer.start(({ xid, type }) => answer(xid, type === sync ? 0 : -999));
  const store = await clientOf(server.address);
  for (let round = 0; round < 3; round += 1) {
    const error = await failure(store.get("k"));
    expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
    expect(String(error)).toContain("-999");
  }
  expect(server.connections).toBe(1);
  await store.close();
});

/** What an answer to `get` must not be. */
const nonsense: Record<string, (request: ClientRequest) => Buffer> = {
  "an answer to a request that was never sent": ({ xid }) => answer(xid + 1_000, 0),
  "a frame longer than is taken": () => Buffer.concat([int(64 * 1024 + 1), Buffer.alloc(100)]),
  "a frame of negative length": () => int(-5),
  "a frame too short to be an answer": () => Buffer.concat([int(3), Buffer.alloc(3)]),
  "data longer than its frame": ({ xid }) => answer(xid, 0, int(2 ** 31 - 1)),
  "data of negative length": ({ xid }) => answer(xid, 0, int(-7)),
  "a stat that is cut off": ({ xid }) => answer(xid, 0, Buffer.concat([int(0), Buffer.alloc(10)])),
  "an event that is cut off": () => answer(-1, 0, int(3)),
};

test.each(Object.entries(nonsense))("%s costs the connection and not the client", async (_, said) => {
  let sane = false;
  await using server = await ScriptedServer.start((request) => {
    if (request.type === sync) return answer(request.xid, 0, int(0));
    return sane ? answer(request.xid, -101) : said(request);
  });
  const store = await clientOf(server.address);
  const error = await failure(store.get("k"));
  expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
  sane = true;
  await expect.poll(() => store.get("k").catch(() => "not yet"), { timeout: 5_000 }).toBe(undefined);
  await store.close();
});

test("a list that announces more than could be in its frame is not believed", async () => {
  await using server = await ScriptedServer.start(({ xid, type }) =>
    answer(xid, 0, int(type === sync ? 0 : 2 ** 31 - 1)),
  );
  const store = await clientOf(server.address);
  const before = process.memoryUsage().arrayBuffers;
  expect(CoordError.is(await failure(store.list("d")), "UNAVAILABLE")).toBe(true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  await store.close();
});

test("an answer longer than is taken is an error of its call, which says so, and harms nothing else", async () => {
  const long = Buffer.concat([int(500_000), Buffer.alloc(500_000), Buffer.alloc(68)]);
  await using server = await ScriptedServer.start(({ xid, type }) => {
    if (type === sync) return answer(xid, 0, int(0));
    return type === getChildren ? answer(xid, 0, long) : answer(xid, -101);
  });
  const store = await clientOf(server.address);
  const [error, beside] = await Promise.all([failure(store.list("d")), store.get("k")]);
  expect(CoordError.is(error, "VALUE_TOO_LARGE"), String(error)).toBe(true);
  expect(String(error)).toContain("maxReplyBytes");
  expect(beside).toBe(undefined);
  expect(await store.get("k")).toBe(undefined);
  expect(server.connections).toBe(1);
  await store.close();
});

test("a write that is answered at a length that no server has for it may have been done", async () => {
  const longest = 4 * 1_048_576;
  const long = Buffer.concat([int(longest), Buffer.alloc(longest)]);
  await using server = await ScriptedServer.start(({ xid, type }) => {
    if (type === sync) return answer(xid, 0, int(0));
    return writes.includes(type) ? answer(xid, 0, long) : answer(xid, -101);
  });
  const store = await clientOf(server.address);
  const error = await failure(store.commit({ writes: [{ create: "k", value: Buffer.alloc(0) }] }));
  expect(CoordError.is(error, "UNKNOWN_OUTCOME"), String(error)).toBe(true);
  expect(await store.get("k")).toBe(undefined);
  expect(server.connections).toBe(1);
  await store.close();
});

test("bytes at random, at any place, never throw outside of a call and never wedge the client", async () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % (2 ** 31 - 1);
    return seed % below;
  };
  let sane = false;
  await using server = await ScriptedServer.start(({ xid, type }) => {
    if (sane) return answer(xid, type === sync ? 0 : -101, type === sync ? int(0) : undefined);
    const body = Buffer.from(Array.from({ length: random(80) }, () => (random(4) === 0 ? 0 : random(256))));
    return random(3) === 0 ? body : answer(xid, random(3) === 0 ? -random(130) : 0, body);
  });
  const store = await clientOf(server.address);
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      await expect.poll(() => true).toBe(true);
      return failure(index % 2 === 0 ? store.get(`k${index}`) : store.list(`k${index}`));
    }),
  );
  expect(outcomes).toHaveLength(200);
  sane = true;
  await expect.poll(() => store.get("k").catch(() => "not yet"), { timeout: 10_000 }).toBe(undefined);
  await store.close();
}, 60_000);

test("a server that takes the connection and never answers is left for another one", async () => {
  await using healthy = await ScriptedServer.start(({ xid, type }) => answer(xid, type === sync ? 0 : -101, int(0)));
  await using silent = await silentServer();
  for (let round = 0; round < 8; round += 1) {
    const store = await clientOf(hostPort(silent.endpoint), healthy.address);
    await expect.poll(() => store.get("k").catch(() => "not yet"), { timeout: 10_000 }).toBe(undefined);
    await store.close();
  }
}, 60_000);

test("a session that is over is no concern of a call that names none: it may be asked again", async () => {
  await using server = await ScriptedServer.start(({ xid }) => answer(xid, sessionExpired));
  const store = await clientOf(server.address);
  for (const call of [
    () => store.get("k"),
    () => store.list("d"),
    () => store.commit({ writes: [{ put: "k", value: Buffer.alloc(0) }] }),
    () => store.commit({ writes: [{ remove: "line/_c_a-lock-0000000000" }] }),
  ]) {
    const error = await failure(call());
    expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
  }
  await store.close();
});

/** What a heartbeat is answered: the result of a check, or the error in its place. */
const checked = Buffer.concat([int(13), Buffer.alloc(1), int(-1)]);
const refused = (code: number) => Buffer.concat([int(-1), Buffer.alloc(1), int(code), int(code)]);

test("a heartbeat of which the leader says that the session is over doesn't renew it", async () => {
  let over = false;
  await using server = await ScriptedServer.start(({ xid }) =>
    answer(xid, 0, over ? refused(sessionExpired) : checked),
  );
  const store = await clientOf(server.address);
  let renewals = 0;
  const count = () => {
    renewals += 1;
  };
  const session = await store.openSession({
    ttlMs: 4_000,
    events: { renewed: count, disconnected: nothing, expired: nothing },
  });
  expect(await session.renew()).toBe(true);
  over = true;
  const before = renewals;
  const error = await failure(session.renew());
  expect(CoordError.is(error, "UNAVAILABLE"), String(error)).toBe(true);
  expect(renewals).toBe(before);
  await store.close();
});

test("a heartbeat that may not look at what it checks renews the session all the same", async () => {
  await using server = await ScriptedServer.start(({ xid }) => answer(xid, 0, refused(noAuth)));
  const store = await clientOf(server.address);
  const session = await store.openSession({
    ttlMs: 4_000,
    events: { renewed: nothing, disconnected: nothing, expired: nothing },
  });
  expect(await session.renew()).toBe(true);
  await store.close();
});

test("a session that is granted for less on another connection is lost at once: its deadline was counted from what it had", async () => {
  const granted = [4_000, 1_000];
  await using server = await ScriptedServer.start(
    ({ xid }) => answer(xid, 0, checked),
    (_, connection) => granted[connection - 1] ?? 1_000,
  );
  const store = await clientOf(server.address);
  let expired = 0;
  const count = () => {
    expired += 1;
  };
  const events = { renewed: nothing, disconnected: nothing, expired: count };
  const session = await store.openSession({ ttlMs: 4_000, events });
  expect(session.ttlMs).toBe(4_000);
  server.cut();
  await expect.poll(() => expired, { timeout: 900, interval: 5 }).toBe(1); // earlier than what is granted now could end it
  expect(server.connections).toBe(2);
  expect(await session.renew()).toBe(false);
  await store.close();
});
