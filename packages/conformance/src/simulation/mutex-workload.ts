import type { Hold } from "@coord/core";
import { type AcquireOptions, Mutex } from "@coord/lock";
import { asSeenRunning, exactlyOnce, exclusion, fairness, fencing, lossBeforeGrant } from "../history/index.ts";
import { Attempt, drawWait, pauseUpTo, workers } from "./attempt.ts";
import { FencedResource, refusedWrites } from "./fenced-resource.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "m";
/** How often the workers of one client ask in all. */
const attemptsPerClient = 12;

/**
 * Workers pass one lock along: they wait for ever or for a while, are cancelled, try, requeue; and while they hold it
 * they write to a resource that checks fencing tokens, each write right after `check()`.
 */
export const mutexWorkload: Workload = {
  name: "mutex",
  start(world) {
    recordAdmissions(world);
    const resource = new FencedResource();
    const perClient = world.chance.pick([2, 2, 2, 6]);
    return workers(world, perClient, Math.round(attemptsPerClient / perClient), (client, id) =>
      attempt(world, client, id, resource),
    );
  },
  judge(world, { operator }) {
    const { history } = world;
    if (!history.some(({ kind }) => kind === "granted"))
      return [{ rule: "idle", message: "nothing was granted", events: [] }];
    const always = [
      ...fencing(history),
      ...exactlyOnce(history, { complete: true }),
      ...fairness(history, { callOrder: false }),
    ];
    if (operator) return always.filter(({ rule }) => !unknowable.includes(rule));
    const running = asSeenRunning(history);
    return [...always, ...exclusion(running), ...lossBeforeGrant(running).violations, ...refusedWrites(history)];
  },
  leftovers: (world) => world.server.list(name).entries.map(({ key }) => key),
};

/** What nobody can prevent who is not told: a session is ended from outside while the answer that grants the lock is on its way. */
const unknowable: readonly string[] = ["token-fell", "granted-out-of-order"];

async function attempt(world: World, client: SimulatedClient, id: string, resource: FencedResource): Promise<void> {
  const { chance } = world;
  const mutex = new Mutex(client.coord, name);
  const asked = new Attempt(world, client, name, id);
  const options: AcquireOptions = { ...drawWait(world, client), requeue: chance.happens(0.3) };
  try {
    const hold = chance.happens(0.2) ? await mutex.tryAcquire() : await mutex.acquire(options);
    if (hold) await use(world, client, hold, asked, resource);
    else asked.declined();
  } catch (error) {
    asked.declined(error);
  }
}

async function use(
  world: World,
  client: SimulatedClient,
  hold: Hold,
  attempt: Attempt,
  resource: FencedResource,
): Promise<void> {
  const { fencingToken: token, check } = hold;
  attempt.granted(token);
  hold.signal.addEventListener("abort", () => attempt.lost(token));
  const writes = world.chance.integer(0, 3);
  for (let count = 0; count < writes; count += 1) {
    await pauseUpTo(world, client, 300);
    if (!resource.write(world, client, token, check)) break;
  }
  if (!hold.signal.aborted) attempt.released(token);
  await hold.release();
}

/** Writes down, at the server, which entry becomes first in line and which goes. */
function recordAdmissions(world: World): void {
  let first: bigint | undefined;
  let there: readonly bigint[] = [];
  world.observe(name, (entries) => {
    const orders = entries.map(({ order }) => order).sort((a, b) => Number(a - b));
    const record = (kind: "admitted" | "removed", token: bigint) =>
      world.record({ at: world.nowMs, kind, name, token });
    for (const token of there) if (!orders.includes(token)) record("removed", token);
    if (orders[0] !== undefined && orders[0] !== first) record("admitted", orders[0]);
    [first] = orders;
    there = orders;
  });
}
