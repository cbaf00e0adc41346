import { type Arrival, CyclicBarrier, DoubleBarrier, type Member } from "@coord/barrier";
import { CoordError, type WaitOptions } from "@coord/core";
import { allOrNone, type Violation } from "../history/index.ts";
import { drawWait, pauseUpTo, workers } from "./attempt.ts";
import type { Workload } from "./simulate.ts";
import { Way } from "./way.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "b";
/** One of each client: the world has three. */
const parties = 3;
/** Each party comes so often; some wait in vain, and run out of time. */
const rounds = 4;
const longestMs = 20_000;

type OnLoss = "break" | "wait";

const cancelled = "cancelled";

const wayOf = (world: World, client: SimulatedClient, party: string): Way =>
  new Way({ client: client.name, name, party, nowMs: () => world.nowMs, write: (event) => world.record(event) });

/** Whether the death of one breaks it for all is the same for all of one world. */
const onLossOf = (world: World): OnLoss => (world.ttlMs === 1_000 ? "wait" : "break");

/** Parties come together again and again; some run out of time, some are cancelled, some die. */
export const cyclicBarrierWorkload: Workload = {
  name: "cyclic barrier",
  start: (world) => withFinale(world, world.chance.pick([1, 1, 2]), arrive),
  judge,
  leftovers: (world) => present(world),
};

async function arrive(world: World, client: SimulatedClient, id: string, wait: WaitOptions): Promise<boolean> {
  const barrier = new CyclicBarrier(client.coord, name, { parties, onLoss: onLossOf(world) });
  const way = wayOf(world, client, id);
  try {
    const arrival: Arrival = await barrier.arrive(wait);
    way.record("passed", arrival);
    return true;
  } catch (error) {
    way.ended(error, cancelled);
    return false;
  }
}

/** Parties enter together, work, and leave together; some of them don't live to do so. */
export const doubleBarrierWorkload: Workload = {
  name: "double barrier",
  start: (world) => withFinale(world, 1, enterAndLeave),
  judge,
  leftovers: (world) => present(world),
};

async function enterAndLeave(world: World, client: SimulatedClient, id: string, wait: WaitOptions): Promise<boolean> {
  const barrier = new DoubleBarrier(client.coord, name, { parties, onLoss: onLossOf(world) });
  const way = wayOf(world, client, id);
  let member: Member;
  try {
    member = await barrier.enter(wait);
  } catch (error) {
    way.ended(error, cancelled);
    return false;
  }
  way.record("passed", member);
  await pauseUpTo(world, client, 300);
  try {
    member.check();
    way.record("leaving");
    await member.leave({ waitMs: longestMs });
    way.record("left");
  } catch (error) {
    await member.release();
    if (!CoordError.is(error, "TIMEOUT", "LOCK_LOST", "SESSION_LOST")) throw error;
  }
  return true;
}

type Round = (world: World, client: SimulatedClient, id: string, wait: WaitOptions) => Promise<boolean>;

/** Rounds under faults; and then, when all is well, one that all of them must come through. */
function withFinale(world: World, perClient: number, round: Round): readonly Promise<void>[] {
  const troubled = workers(
    world,
    perClient,
    rounds,
    async (client, id) => void (await round(world, client, id, { waitMs: longestMs, ...drawWait(world, client) })),
  );
  const finale = async (client: SimulatedClient) => {
    await Promise.all(troubled);
    await new Promise<void>((resolve) => void world.time.at(world.healedMs + 3 * world.ttlMs, resolve));
    for (
      let count = 0;
      !(await round(world, client, `${client.name}/finale#${count}`, { waitMs: longestMs }));
      count += 1
    )
      await pauseUpTo(world, client, 100);
  };
  return world.clients.map(finale);
}

/** A session ended from outside is inside for those who don't know yet. */
function judge(world: World, { operator }: { readonly operator: boolean }): readonly Violation[] {
  const { history, ttlMs } = world;
  if (!history.some(({ kind }) => kind === "passed")) return [{ rule: "idle", message: "nobody passed", events: [] }];
  return allOrNone(history, { parties, countedMs: 3 * ttlMs }).filter(({ rule }) => !operator || rule !== "left-early");
}

const present = (world: World) =>
  world.server
    .list(name)
    .entries.filter(({ session }) => session !== undefined)
    .map(({ key }) => key);
