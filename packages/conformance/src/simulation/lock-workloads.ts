import type { Hold } from "@coord/core";
import { type Holds, type Lock, lockAll, Mutex, ReadWriteLock, Semaphore, WriteHold } from "@coord/lock";
import { asSeenRunning, exactlyOnce, exclusion, fencing, type Violation } from "../history/index.ts";
import { Attempt, drawWait, pauseUpTo, workers } from "./attempt.ts";
import { FencedResource, refusedWrites } from "./fenced-resource.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "m";

/** What is wrong with holds of which `capacity` may be had at once. */
function judge(world: World, operator: boolean, capacity: number): readonly Violation[] {
  const { history } = world;
  if (!history.some(({ kind }) => kind === "granted"))
    return [{ rule: "idle", message: "nothing was granted", events: [] }];
  const granted = history.filter((event) => !("attempt" in event && event.attempt.endsWith(goesOn)));
  const always = [...fencing(granted, { capacity }), ...exactlyOnce(history, { complete: true })];
  if (operator) return always.filter(({ rule }) => rule !== "token-fell");
  return [...always, ...exclusion(asSeenRunning(history), { capacity }), ...refusedWrites(history)];
}

/** Marks what goes on with the same token as something else: it is no new grant. */
const goesOn = "(as reader)";

/** Only those who stand in line are left over: a limit stays. */
const standing = (world: World, at: string) =>
  world.server
    .list(at)
    .entries.filter(({ session }) => session !== undefined)
    .map(({ key }) => key);

/** More than all readers there can be: what a writer takes. */
const whole = 1_000;

/** Readers and writers mix; some writers turn into readers; writers write to a resource that checks fencing tokens. */
export const readWriteWorkload: Workload = {
  name: "read-write",
  start(world) {
    const resource = new FencedResource();
    return workers(world, 2, 5, (client, id) => readOrWrite(world, client, id, resource));
  },
  judge: (world, { operator }) => judge(world, operator, whole),
  leftovers: (world) => standing(world, name),
};

async function readOrWrite(world: World, client: SimulatedClient, id: string, resource: FencedResource): Promise<void> {
  const { chance } = world;
  const lock = new ReadWriteLock(client.coord, name);
  const reads = chance.happens(0.6);
  const side: Lock = reads ? lock.read : lock.write;
  const attempt = new Attempt(world, client, name, id);
  const hold = await taken(world, client, side, attempt);
  if (!hold) return;
  attempt.granted(hold.fencingToken, reads ? 1 : whole);
  let over = (how: "lost" | "released") => attempt[how](hold.fencingToken);
  hold.signal.addEventListener("abort", () => over("lost"));
  await pauseUpTo(world, client, 300);
  if (!reads) {
    resource.write(world, client, hold.fencingToken, hold.check);
    await pauseUpTo(world, client, 100);
  }
  const reading =
    hold instanceof WriteHold && chance.happens(0.4)
      ? await downgraded(
          hold,
          () => over("released"),
          () => (over = () => {}),
        )
      : hold;
  if (!reading) return;
  if (reading !== hold && !reading.lost) over = asReader(world, client, `${id} ${goesOn}`, reading);
  await pauseUpTo(world, client, 300);
  if (!reading.signal.aborted) over("released");
  await reading.release();
}

/** It counts as a writer until it asks to be none, and as a reader from the answer on. */
async function downgraded(hold: WriteHold, released: () => void, forget: () => void): Promise<Hold | undefined> {
  if (!hold.signal.aborted) released();
  forget();
  return hold.downgrade().catch(async () => {
    await hold.release();
    return undefined;
  });
}

function asReader(world: World, client: SimulatedClient, id: string, hold: Hold): (how: "lost" | "released") => void {
  const attempt = new Attempt(world, client, name, id);
  attempt.granted(hold.fencingToken, 1);
  return (how) => attempt[how](hold.fencingToken);
}

async function taken(
  world: World,
  client: SimulatedClient,
  lock: Lock,
  attempt: Attempt,
  more: object = {},
): Promise<Hold | undefined> {
  const { chance } = world;
  try {
    const hold = chance.happens(0.2)
      ? await lock.tryAcquire(more)
      : await lock.acquire({ ...drawWait(world, client), requeue: chance.happens(0.3), ...more });
    if (hold) return hold;
    attempt.declined();
  } catch (error) {
    attempt.declined(error, ["USAGE"]);
  }
  return undefined;
}

const fixedLimit = 3;
const highestLimit = 5;

/** Workers take one to three permits; in every second world the limit is changed meanwhile. */
export const semaphoreWorkload: Workload = {
  name: "semaphore",
  start(world) {
    const changing = world.chance.happens(0.5);
    if (changing) world.note("the limit changes");
    return workers(world, 2, 5, (client, id) => takePermits(world, client, id, changing));
  },
  judge: (world, { operator }) =>
    judge(
      world,
      operator,
      world.schedule.some((line) => line.includes("the limit changes")) ? highestLimit : fixedLimit,
    ),
  leftovers: (world) => standing(world, name),
};

async function takePermits(world: World, client: SimulatedClient, id: string, changing: boolean): Promise<void> {
  const { chance } = world;
  const semaphore = new Semaphore(client.coord, name, changing ? {} : { permits: fixedLimit });
  if (changing && (chance.happens(0.2) || id.endsWith("#0")))
    await semaphore.setLimit(chance.integer(2, highestLimit), { waitMs: 5_000 }).catch(() => {});
  const weight = chance.pick([1, 1, 1, 2, 3]);
  const attempt = new Attempt(world, client, name, id);
  const hold = await taken(world, client, semaphore, attempt, { weight });
  if (!hold) return;
  attempt.granted(hold.fencingToken, weight);
  hold.signal.addEventListener("abort", () => attempt.lost(hold.fencingToken));
  await pauseUpTo(world, client, 500);
  if (!hold.signal.aborted) attempt.released(hold.fencingToken);
  await hold.release();
}

const names = ["a", "b", "c", "d"] as const;

/** Workers take several locks at once, which they name in any order: nobody may wait for ever. */
export const severalWorkload: Workload = {
  name: "several locks",
  start: (world) => workers(world, 2, 4, (client, id) => takeSeveral(world, client, id)),
  judge: (world, { operator }) => judge(world, operator, 1),
  leftovers: (world) => names.flatMap((each) => standing(world, each)),
};

async function takeSeveral(world: World, client: SimulatedClient, id: string): Promise<void> {
  const { chance } = world;
  const wanted = names
    .map((each) => ({ each, at: chance.next() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, chance.integer(1, 3))
    .map(({ each }) => each);
  const attempts = new Map(wanted.map((each) => [each as string, new Attempt(world, client, each, `${id}:${each}`)]));
  const locks = wanted.map((each) => new Mutex(client.coord, each));
  let held: Holds;
  try {
    held = await lockAll(locks, drawWait(world, client));
  } catch (error) {
    for (const attempt of attempts.values()) attempt.declined(error);
    return;
  }
  let over = false;
  const each = (then: (attempt: Attempt, token: bigint) => void) => {
    for (const { name: of, fencingToken } of held.holds) {
      const attempt = attempts.get(of);
      if (attempt) then(attempt, fencingToken);
    }
  };
  each((attempt, token) => attempt.granted(token));
  held.signal.addEventListener("abort", () => {
    over = true;
    each((attempt, token) => attempt.lost(token));
  });
  await pauseUpTo(world, client, 400);
  if (!held.signal.aborted && !over) each((attempt, token) => attempt.released(token));
  await held.release();
}
