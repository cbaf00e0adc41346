import { DoubleBarrier } from "@coord/barrier";
import type { Coord, Hold } from "@coord/core";
import { Election } from "@coord/election";
import { type Lock, Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import { eventually } from "../testbed/eventually.ts";

/** What a server has counted from its start on. */
export interface Traffic {
  /** What it was asked by clients. What only keeps a session alive may be among it. */
  readonly requests: number;
  /** What it told clients without being asked again: that something they watch has changed. */
  readonly told: number;
}

/** A server that nobody else uses, and how to be a client of it. */
export interface Place {
  connect(): Promise<Coord>;
  traffic(): Promise<Traffic>;
}

/** What a piece of work costs the server: the least of three times, for a heartbeat may fall into one of them. */
export async function costOf(place: Place, work: () => Promise<unknown>): Promise<number> {
  const costs: number[] = [];
  for (let times = 0; times < 3; times += 1) {
    const before = await place.traffic();
    await work();
    costs.push((await place.traffic()).requests - before.requests);
  }
  return Math.min(...costs);
}

const pair = async (enter: () => Promise<Hold>) => (await enter()).release();

/** Requests for going in and coming out while nobody else wants to, after a first time. */
export async function uncontended(place: Place): Promise<Readonly<Record<string, number>>> {
  const coord = await place.connect();
  const { read, write } = new ReadWriteLock(coord, "costs/read-write");
  const semaphore = new Semaphore(coord, "costs/semaphore", { permits: 4 });
  const ways: Readonly<Record<string, () => Promise<Hold>>> = {
    mutex: () => new Mutex(coord, "costs/mutex").acquire(),
    "read lock": () => read.acquire(),
    "write lock": () => write.acquire(),
    permit: () => semaphore.acquire(),
    campaign: () => new Election(coord, "costs/election").campaign(),
    "two permits": () => semaphore.acquire({ weight: 2 }),
  };
  const costs: Record<string, number> = {};
  for (const [name, enter] of Object.entries(ways)) {
    await pair(enter);
    costs[name] = await costOf(place, () => pair(enter));
  }
  return costs;
}

/** Requests of each party of a double barrier, from coming to having left. */
export async function doubleBarrier(place: Place, parties: number): Promise<number> {
  const coords = await Promise.all(Array.from({ length: parties }, () => place.connect()));
  const barriers = coords.map((coord) => new DoubleBarrier(coord, `costs/barrier-${parties}`, { parties }));
  const once = async () => {
    const members = await Promise.all(barriers.map((barrier) => barrier.enter()));
    await Promise.all(members.map((member) => member.leave()));
  };
  await once();
  return (await costOf(place, once)) / parties;
}

const clients = 4;
const waiters = 200;

/** What it costs when one gives back and others wait. */
export interface Wake extends Traffic {
  readonly letIn: number;
}

/**
 * Two hundred wait, from four clients, behind those who hold; then one of these gives back. Counted from just before that until
 * nothing more happens.
 */
export async function wake(place: Place, holding: readonly (() => Promise<Hold>)[], waiting: Waiting): Promise<Wake> {
  const held = await Promise.all(holding.map((enter) => enter()));
  const coords = await Promise.all(Array.from({ length: clients }, () => place.connect()));
  const inside: Hold[] = [];
  const over = new AbortController();
  const waits = Array.from({ length: waiters }, (_, index) =>
    waiting(coords[index % clients] as Coord)
      .acquire({ signal: over.signal })
      .then((hold) => inside.push(hold))
      .catch(() => {}),
  );
  await quiet(place);
  const before = await place.traffic();
  await held[0]?.release();
  await eventually("one is let in", () => inside.length > 0);
  const after = await quiet(place);
  const letIn = inside.length;
  over.abort("enough");
  await Promise.all(waits);
  await Promise.all([...held, ...inside].map((hold) => hold.release()));
  return { letIn, requests: after.requests - before.requests, told: after.told - before.told };
}

export type Waiting = (coord: Coord) => Pick<Lock, "acquire">;

/** When the server has counted nothing but a few heartbeats for a while; then what it has counted. */
async function quiet(place: Place): Promise<Traffic> {
  let last = await place.traffic();
  let since = performance.now();
  return eventually(
    "nothing more happens",
    async () => {
      const now = await place.traffic();
      if (now.requests !== last.requests || now.told !== last.told) since = performance.now();
      last = now;
      return performance.now() - since > 400 && now;
    },
    { within: 40_000 },
  );
}
