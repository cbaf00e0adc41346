import { CoordError } from "@coord/core";
import { pause } from "@coord/core/spi";
import { Election, type Leadership } from "@coord/election";
import { asSeenRunning, exactlyOnce, exclusion, fencing, type HistoryEvent, type Violation } from "../history/index.ts";
import { Attempt, workers } from "./attempt.ts";
import { FencedResource, refusedWrites } from "./fenced-resource.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "e";

/**
 * Candidates lead for a while, some strictly, some again and again; leaders publish and write to a resource that checks terms; an observer of
 * each client looks on.
 */
export const electionWorkload: Workload = {
  name: "election",
  start(world) {
    const resource = new FencedResource();
    const watching = new AbortController();
    const observers = world.clients.map((client) => observe(world, client, watching.signal));
    const candidates = workers(world, 2, 4, (client, id) => stand(world, client, id, resource));
    return [Promise.all(candidates).then(() => watching.abort("enough")), ...observers];
  },
  judge(world, { operator }) {
    const { history } = world;
    if (!history.some(({ kind }) => kind === "granted")) return [{ rule: "idle", message: "nobody led", events: [] }];
    const always = [...fencing(history), ...exactlyOnce(history, { complete: true }), ...fallingTerms(world)];
    if (operator) return always.filter(({ rule }) => rule !== "token-fell");
    return [...always, ...exclusion(asSeenRunning(history)), ...refusedWrites(history)];
  },
  leftovers: (world) => world.server.list(name).entries.map(({ key }) => key),
};

async function stand(world: World, client: SimulatedClient, id: string, resource: FencedResource): Promise<void> {
  const { chance } = world;
  const rejoin = chance.happens(0.3);
  const cancel = new AbortController();
  if (rejoin || chance.happens(0.3)) client.process.timer(chance.between(0, 4_000), () => cancel.abort("cancelled"));
  const election = new Election<string>(client.coord, name, { id });
  let asked: Attempt | undefined = new Attempt(world, client, name, id);
  let terms = 0;
  const body = async (leadership: Leadership<string>) => {
    terms += 1;
    const attempt = asked ?? new Attempt(world, client, name, `${id}.${terms}`);
    asked = undefined;
    await govern(world, client, leadership, attempt, resource);
    if (terms > 1) cancel.abort("cancelled");
  };
  const limit = !rejoin && chance.happens(0.4) ? { waitMs: chance.between(0, 2_000) } : {};
  const strict = chance.happens(0.3);
  try {
    await election.lead(body, { signal: cancel.signal, rejoin, strict, ...limit });
  } catch (error) {
    if (asked) asked.declined(error);
    else if (error !== "cancelled" && !CoordError.is(error, "LEADERSHIP_LOST")) throw error;
  }
}

/** What a leader does until it has done enough, or is told to stop: it publishes and writes. */
async function govern(
  world: World,
  client: SimulatedClient,
  leadership: Leadership<string>,
  attempt: Attempt,
  resource: FencedResource,
): Promise<void> {
  const { chance } = world;
  const { term, signal, check, proclaim } = leadership;
  attempt.granted(term);
  signal.addEventListener("abort", () => leadership.lost && attempt.lost(term));
  const untilMs = client.process.now() + chance.between(0, 500);
  if (chance.happens(0.5)) proclaim(`${term}`).catch(() => {});
  while (!signal.aborted && client.process.now() < untilMs && resource.write(world, client, term, check))
    await pause(client.process, chance.between(1, 200), signal);
  if (!leadership.lost) attempt.released(term);
}

/** Writes down what an observer is shown; it must end when it is told to, and not before. */
async function observe(world: World, client: SimulatedClient, signal: AbortSignal): Promise<void> {
  const { name: who } = client;
  for await (const leader of new Election(client.coord, name).observe({ signal })) {
    if (!leader) continue;
    const { term: version, stale } = leader;
    world.record({ at: world.nowMs, client: who, kind: "seen", view: name, version, stale });
  }
  if (!signal.aborted) throw new Error("an observer ended by itself");
}

function fallingTerms({ history, clients }: World): readonly Violation[] {
  return clients.flatMap(({ name: who }) => {
    const seen = history.filter((event) => event.kind === "seen" && event.client === who);
    const falls = seen.filter((event, index) => index > 0 && versionOf(event) < versionOf(seen[index - 1]));
    return falls.map((event) => ({ rule: "term-fell", message: `${who} was shown an older term`, events: [event] }));
  });
}

const versionOf = (event: HistoryEvent | undefined) => (event?.kind === "seen" ? event.version : 0n);
