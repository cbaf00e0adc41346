import { bytes } from "@coord/conformance";
import { CoordError, connect, systemRuntime } from "@coord/core";
import type { Store, StoreSession } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { type ZooKeeperOptions, zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startProxy } from "../testbed/proxy/proxy.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const events = { renewed: nothing, disconnected: nothing, expired: nothing };
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

const may = { read: 1, create: 4, remove: 8 };
const auth = { user: "owner", password: "open-sesame-7" };
const ownerAnd = (perms: number) => [
  { perms: 31, scheme: "auth", id: "" },
  { perms, scheme: "world", id: "anyone" },
];

describe.skipIf(binaries === undefined)("what is refused", () => {
  let cluster: Cluster;
  const opened: Store[] = [];

  beforeAll(async () => {
    if (binaries) cluster = await startZooKeeper({ binaries, tickMs: 200 });
  });

  afterAll(async () => {
    for (const store of opened) await store.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const storeAt = async (server: string, options: Partial<ZooKeeperOptions> = {}): Promise<Store> => {
    const store = await zookeeper({ servers: [server], ...options }).open({
      runtime: systemRuntime,
      logger: silent,
      namespace: "",
    });
    opened.push(store);
    return store;
  };
  const server = () => hostPort(cluster.node.endpoint);
  const ticketOf = (session: StoreSession, id: string) => ({ id, kind: "lock", value: bytes(""), session });

  /** Directories in which strangers have these rights, and a stranger with a session. */
  const strangerWith = async (perms: number, directories: readonly string[]) => {
    const owner = await storeAt(server(), { auth, acl: ownerAnd(perms) });
    for (const directory of directories) await owner.commit({ writes: [{ put: `${directory}/k`, value: bytes("") }] });
    const stranger = await storeAt(server());
    return { owner, stranger, session: await stranger.openSession({ ttlMs: 4_000, events }) };
  };
  const namesIn = async (store: Store, directory: string) =>
    (await store.list(directory)).entries.map(({ key }) => key.slice(directory.length + 1));

  test("who may create in a line and not list it leaves nothing behind there", async () => {
    const { owner, stranger, session } = await strangerWith(may.create | may.remove, ["drop"]);
    for (const id of ["first", "again", "again"]) {
      expect(await outcome(stranger.contend("drop", ticketOf(session, id)))).toBe("AUTH");
      expect(await namesIn(owner, "drop")).toEqual(["k"]);
    }
  });

  test("of many who stand in line at once only the one who may not list is refused, and leaves nothing behind", async () => {
    const { owner, stranger, session } = await strangerWith(may.create | may.remove, ["drop-of-many"]);
    const lines = ["many/0", "drop-of-many", "many/1", "many/2"];
    for (const round of ["first", "second"]) {
      const outcomes = lines.map((line, index) =>
        outcome(stranger.contend(line, ticketOf(session, `${round}-${index}`))),
      );
      expect(await Promise.all(outcomes)).toEqual(["done", "AUTH", "done", "done"]);
      expect(await namesIn(owner, "drop-of-many")).toEqual(["k"]);
      for (const line of ["many/0", "many/1", "many/2"]) {
        expect(await namesIn(stranger, line)).toHaveLength(round === "first" ? 1 : 2);
      }
    }
  });

  test("who may neither list a line nor remove what he made in it is told that it may be there", async () => {
    const { stranger, session } = await strangerWith(may.create, ["pit"]);
    expect(await outcome(stranger.contend("pit", ticketOf(session, "first")))).toBe("UNKNOWN_OUTCOME");
  });

  test("who may not read those before him in the line is told all the same when they leave", async () => {
    const open = await storeAt(server());
    const held = await open.openSession({ ttlMs: 4_000, events });
    const owner = await storeAt(server(), { auth });
    const holding = await owner.openSession({ ttlMs: 4_000, events });
    await open.commit({ writes: [{ put: "mixed/k", value: bytes("") }] }); // the line is everybody's
    const first = await owner.contend("mixed", ticketOf(holding, "first"));
    const second = await owner.contend("mixed", ticketOf(holding, "second"));
    const third = await open.contend("mixed", ticketOf(held, "third"));
    const seen: number[] = [];
    for await (const { ahead, present } of open.follow(third, (rivals) => rivals.slice(-1))) {
      expect(present).toBe(true);
      seen.push(ahead.length);
      if (ahead.length === 0) break;
      await owner.commit({ writes: [{ remove: (ahead.length === 2 ? second : first).mine.key }] });
    }
    expect(seen).toEqual([2, 1, 0]);
  });

  test("who may not read the one before him is told however late that one leaves, and over whichever connection", async () => {
    await using proxy = await startProxy(cluster.node.endpoint);
    const open = await storeAt(hostPort(proxy.endpoint));
    const held = await open.openSession({ ttlMs: 4_000, events });
    const owner = await storeAt(server(), { auth });
    const holding = await owner.openSession({ ttlMs: 4_000, events });
    await open.commit({ writes: [{ put: "late/k", value: bytes("") }] }); // the line is everybody's
    const first = await owner.contend("late", ticketOf(holding, "first"));
    const second = await open.contend("late", ticketOf(held, "second"));
    const watched = async () =>
      Number(/^zk_watch_count\t(\d+)/m.exec(await fourLetterWord(cluster.node.endpoint, "mntr"))?.[1]);
    const before = await watched();
    const atTheFront = (async () => {
      for await (const { ahead, present } of open.follow(second, (rivals) => rivals))
        if (present && ahead.length === 0) return "told";
      return "ended";
    })();
    const lineIsWatched = async () => (await watched()) === before + 3; // beside the own node and the one that may not be read
    await eventually("the line to be watched", lineIsWatched);
    proxy.refuse();
    proxy.reset();
    await eventually("the watches to go with the connection", async () => (await watched()) === before);
    await proxy.accept();
    await eventually("the line to be watched again", lineIsWatched);
    await owner.commit({ writes: [{ remove: first.mine.key }] });
    expect(await atTheFront).toBe("told");
  });

  test("whose line is longer than an answer may be is told so, and leaves nothing behind; others are not concerned", async () => {
    const other = await storeAt(server());
    const held = await other.openSession({ ttlMs: 4_000, events });
    const waiting = Array.from({ length: 100 }, (_, index) => `long-${index}`);
    await Promise.all(waiting.map((id) => other.contend("long", ticketOf(held, id))));
    const store = await storeAt(server(), { maxReplyBytes: 1_024 });
    const session = await store.openSession({ ttlMs: 4_000, events });
    for (const round of ["first", "second"]) {
      const outcomes = ["short/0", "long", "short/1"].map((line, index) =>
        outcome(store.contend(line, ticketOf(session, `${round}-${index}`))),
      );
      expect(await Promise.all(outcomes)).toEqual(["done", "VALUE_TOO_LARGE", "done"]);
      expect(await namesIn(other, "long")).toHaveLength(waiting.length);
    }
  });

  test("lines that are only together longer than an answer may be are stood in all the same", async () => {
    const other = await storeAt(server());
    const held = await other.openSession({ ttlMs: 4_000, events });
    const lines = Array.from({ length: 8 }, (_, index) => `together/${index}`);
    const store = await storeAt(server(), { maxReplyBytes: 1_024 });
    const session = await store.openSession({ ttlMs: 4_000, events });
    await Promise.all(
      lines.flatMap((line) =>
        ["a", "b", "c", "d"].map((id) => other.contend(line, ticketOf(held, `${line.at(-1)}${id}`))),
      ),
    );
    const places = await Promise.all(
      lines.map((line) => store.contend(line, ticketOf(session, `mine-${line.at(-1)}`))),
    );
    expect(places.map(({ ahead }) => ahead.length)).toEqual(lines.map(() => 4));
  });

  test("what is written at once is told of, at whatever length, since it was done", async () => {
    const store = await storeAt(server(), { maxReplyBytes: 1_024 });
    const writes = Array.from({ length: 40 }, (_, index) => ({ put: `batch/${index}`, value: bytes("") }));
    expect((await store.commit({ writes })).entries.map((entry) => entry?.key)).toEqual(writes.map(({ put }) => put));
    const rewritten = writes.map(({ put }) => outcome(store.commit({ writes: [{ put, value: bytes("x") }] })));
    expect(await Promise.all(rewritten)).toEqual(writes.map(() => "done"));
  });

  test("thirty locks that are taken at once are held, and nobody stands in their lines when they have been released", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `short/${"n".repeat(60)}-${index}`);
    await using coord = await connect(zookeeper({ servers: [server()], maxReplyBytes: 1_024 }), {
      session: { ttlMs: 4_000 },
      waitMs: 5_000,
    });
    const holds = await Promise.all(names.map((name) => new Mutex(coord, name).acquire()));
    expect(holds.map((hold) => hold.signal.aborted)).toEqual(names.map(() => false));
    await Promise.all(holds.map((hold) => hold.release()));
    await using other = await connect(zookeeper({ servers: [server()] }), { session: { ttlMs: 4_000 } });
    const free = await Promise.all(names.map((name) => new Mutex(other, name).tryAcquire()));
    expect(free.map((hold) => hold !== null)).toEqual(names.map(() => true));
  });

  test("a name that nothing can have is refused at once, whatever the connection does", async () => {
    await using proxy = await startProxy(cluster.node.endpoint);
    const store = await storeAt(proxy.address);
    const session = await store.openSession({ ttlMs: 4_000, events });
    proxy.refuse();
    proxy.reset();
    const [entry] = (await (await storeAt(server())).commit({ writes: [{ put: "k", value: bytes("") }] })).entries;
    if (!entry) throw new Error("it was just made");
    const key = "zookeeper/x";
    const place = { line: "zookeeper", mine: { ...entry, key }, ahead: [], revision: 0n };
    const first = async (views: AsyncIterable<unknown>) => {
      for await (const _ of views) return;
    };
    const calls: Record<string, () => Promise<unknown>> = {
      get: () => store.get(key),
      list: () => store.list(key),
      directories: () => store.directories(key),
      put: () => store.commit({ writes: [{ put: key, value: bytes("") }] }),
      update: () => store.commit({ writes: [{ update: { ...entry, key }, value: bytes("") }] }),
      guard: () => store.commit({ guards: [{ absent: key }], writes: [{ put: "k", value: bytes("") }] }),
      leave: () => store.commit({ writes: [{ remove: `zookeeper/_c_a-lock-0000000000` }] }),
      contend: () => store.contend(key, ticketOf(session, "first")),
      watch: () => first(store.watch({ key })),
      "watch below": () => first(store.watch({ under: key })),
      follow: () => first(store.follow(place, () => [])),
    };
    const connectionWaitMs = 5_000;
    const start = performance.now();
    const outcomes = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => [name, await outcome(call())] as const),
    );
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(outcomes.map(([name]) => [name, "USAGE"])));
    expect(performance.now() - start).toBeLessThan(connectionWaitMs / 2);
  });
});
