import type { Coord } from "@coord/core";
import { connect } from "@coord/core";
import { Election } from "@coord/election";
import { Mutex, ReadWriteLock } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { curator, kazoo, type Peer, type StartPeer } from "./peer.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const curatorPrograms = binariesOf(inject("peers").curator);
const kazooPrograms = binariesOf(inject("peers").kazoo);

let cluster: Cluster;
let folder: TemporaryFolder;
let startCurator: StartPeer | undefined;
let startKazoo: StartPeer | undefined;

beforeAll(async () => {
  if (!binaries) return;
  folder = await TemporaryFolder.create("coord-interop");
  cluster = await startZooKeeper({ binaries, tickMs: 200 });
  if (curatorPrograms) startCurator = await curator(curatorPrograms, folder.path);
  if (kazooPrograms) startKazoo = kazoo(kazooPrograms);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** One of our clients and one of theirs, on a server they share. */
async function both(start: StartPeer | undefined): Promise<{ coord: Coord; theirs: Peer; reports: object[] }> {
  if (!start) throw new Error("to be skipped without it");
  const reports: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (details: object) => reports.push(details) };
  const servers = cluster.endpoints.map(hostPort);
  const coord = await connect(zookeeper({ servers }), { session: { ttlMs: 4_000 }, logger });
  onTestFinished(() => coord.close());
  return { coord, theirs: start(hostPort(cluster.node.endpoint)), reports };
}

const inLine = (coord: Coord, name: string, count: number) =>
  eventually(`${count} stand at ${name}`, async () => (await coord.store.list(name)).entries.length === count);

/** What ends first. */
const either = (promise: Promise<unknown>, other: Promise<unknown>) =>
  Promise.race([promise.then(() => "came too early"), other.then(() => "waits")]);

/** Ours and theirs by turns, each of which waits for the one before. */
async function passAlong(start: StartPeer | undefined, name: string): Promise<void> {
  const { coord, theirs, reports } = await both(start);
  const mutex = new Mutex(coord, name);
  theirs.take("first", "mutex", `/${name}`);
  await theirs.untilHolds("first");
  expect(await mutex.tryAcquire()).toBeNull();
  const second = mutex.acquire();
  await inLine(coord, name, 2);
  theirs.take("third", "mutex", `/${name}`);
  await inLine(coord, name, 3);
  const fourth = mutex.acquire();
  await inLine(coord, name, 4);
  expect((await mutex.inspect()).waiters).toHaveLength(3);

  await theirs.give("first");
  const hold = await second;
  expect(theirs.holds("third")).toBe(false);
  await hold.release();
  await theirs.untilHolds("third");
  expect(await either(fourth, inLine(coord, name, 2))).toBe("waits");
  await theirs.give("third");
  const last = await fourth;
  expect(last.fencingToken).toBeGreaterThan(hold.fencingToken);
  expect(await last.release()).toBe("released");
  expect(reports.filter((details) => "line" in details)).toEqual([expect.objectContaining({ line: name })]);
}

/** Theirs dies, and ours, which waits behind it, is let in when their session ends. */
async function outlive(start: StartPeer | undefined, name: string): Promise<void> {
  const { coord, theirs } = await both(start);
  theirs.take("first", "mutex", `/${name}`);
  await theirs.untilHolds("first");
  const next = new Mutex(coord, name).acquire({ waitMs: 20_000 });
  await inLine(coord, name, 2);
  theirs.kill();
  await (await next).release();
}

describe.skipIf(!binaries || !kazooPrograms)("kazoo's Lock and a Mutex of the same name", () => {
  test("exclude each other, and queue behind each other, in the order in which they came", () =>
    passAlong(startKazoo, "jobs-of-kazoo"));
  test("are not stuck with each other's dead", () => outlive(startKazoo, "jobs-of-dead-kazoo"));
});

describe.skipIf(!binaries || !curatorPrograms)("Curator's", () => {
  test("InterProcessMutex and a Mutex exclude each other, and queue in the order in which they came", () =>
    passAlong(startCurator, "jobs-of-curator"));

  test("InterProcessMutex and a Mutex are not stuck with each other's dead", () =>
    outlive(startCurator, "jobs-of-dead-curator"));

  test("LeaderLatch and an Election share one leadership, and each sees who leads in the other's place", async () => {
    const { coord, theirs } = await both(startCurator);
    const election = new Election(coord, "led", { id: "ours" });
    theirs.take("curator-1", "latch", "/led");
    await theirs.untilHolds("curator-1");
    expect((await election.leader())?.id).toBe("curator-1");
    const campaign = election.campaign();
    await inLine(coord, "led", 2);
    theirs.take("curator-2", "latch", "/led");
    await inLine(coord, "led", 3);
    expect((await election.candidates()).map(({ id }) => id)).toEqual(["curator-1", "ours", "curator-2"]);

    await theirs.give("curator-1");
    const leadership = await campaign;
    expect(theirs.holds("curator-2")).toBe(false);
    await leadership.resign();
    await theirs.untilHolds("curator-2");
    expect((await election.leader())?.id).toBe("curator-2");
  });

  test("InterProcessReadWriteLock and a ReadWriteLock stand in one line: readers together, writers alone", async () => {
    const { coord, theirs } = await both(startCurator);
    const lock = new ReadWriteLock(coord, "pages");
    theirs.take("reader", "read", "/pages");
    await theirs.untilHolds("reader");
    const reading = await lock.read.acquire();
    expect(await lock.write.tryAcquire()).toBeNull();
    theirs.take("writer", "write", "/pages");
    await inLine(coord, "pages", 3);
    const behind = lock.read.acquire();
    await inLine(coord, "pages", 4);
    const writing = lock.write.acquire();
    await inLine(coord, "pages", 5);

    await theirs.give("reader");
    expect(theirs.holds("writer")).toBe(false);
    await reading.release();
    await theirs.untilHolds("writer");
    expect(await either(behind, inLine(coord, "pages", 3))).toBe("waits");
    await theirs.give("writer");
    await (await behind).release();
    const hold = await writing;
    theirs.take("late", "read", "/pages");
    await inLine(coord, "pages", 2);
    expect(theirs.holds("late")).toBe(false);
    await hold.release();
    await theirs.untilHolds("late");
  });
});
