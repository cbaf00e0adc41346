import { CoordError, type Entry } from "@coord/core";
import { pause } from "@coord/core/spi";
import { type SharedEntry, SharedMap } from "@coord/replica";
import { convergence, linearizability, type RegisterCall, type RegisterOutcome } from "../history/index.ts";
import { text } from "../rig.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "map";
const keys = ["a", "b"] as const;
const rounds = 10;

/**
 * Workers set, compare and set, remove and read the entries of one map while the copy of each client is looked at: the
 * entries are to be linearizable, each copy one state of the store after the other and never an older one, in the end the last; and
 * whoever was told that its write is done finds it in its own copy.
 */
export const mapWorkload: Workload = {
  name: "shared map",
  start(world) {
    recordTruth(world);
    return [run(world)];
  },
  judge: (world) => [...linearizability(world.history), ...convergence(world.history, { complete: true })],
  leftovers: () => [],
};

async function run(world: World): Promise<void> {
  const maps = await Promise.all(
    world.clients.map(async (client) => ({
      client,
      map: await SharedMap.open<string>(client.coord, name, { waitMs: 60_000 }),
    })),
  );
  for (const { client, map } of maps) {
    const look = () => lookAt(world, client, map);
    map.on("change", look).on("stale", look);
    look();
  }
  await Promise.all(
    maps.flatMap(({ client, map }, index) => [0, 1].map((worker) => work(world, client, map, `${index}.${worker}`))),
  );
  const untilMs = world.nowMs + 60_000;
  while (world.nowMs < untilMs && !maps.every(({ map }) => !map.stale && map.revision === revisionOf(world)))
    await new Promise<void>((resolve) => void world.time.in(100, resolve));
  for (const { client, map } of maps) {
    lookAt(world, client, map);
    await map.close();
  }
}

function lookAt(world: World, { name: client }: SimulatedClient, map: SharedMap<string>): void {
  const value = [...map.entries()].map((entry) => `${entry.key}=${entry.value}`).join(" ");
  const { revision: version, stale } = map;
  world.record({ at: world.nowMs, client, kind: "seen", view: name, version, value, stale });
}

function recordTruth(world: World): void {
  const record = (entries: readonly Entry[]) => {
    const value = entries
      .map((entry) => `${entry.key.slice(name.length + 1)}=${JSON.parse(text(entry.value))}`)
      .join(" ");
    world.record({ at: world.nowMs, kind: "truth", view: name, version: revisionOf(world), value });
  };
  record([]);
  world.observe(name, record);
}

const revisionOf = (world: World): bigint => world.server.list(name).revision;

async function work(world: World, client: SimulatedClient, map: SharedMap<string>, id: string): Promise<void> {
  const { chance } = world;
  for (let round = 0; round < rounds; round += 1) {
    await pause(client.process, chance.between(0, 700));
    const key = chance.pick(keys);
    const op = chooseCall(chance.next(), `${id}-${round}`, map.entry(key));
    const called = world.nowMs;
    const record = (outcome: RegisterOutcome) =>
      world.record({ client: client.name, kind: "operation", key, call: called, return: world.nowMs, op, outcome });
    try {
      record(await perform(client, map, key, op));
    } catch (error) {
      if (CoordError.is(error, "CONFLICT")) record({ type: "failed" });
      else if (CoordError.is(error, "UNKNOWN_OUTCOME", "TIMEOUT")) record({ type: "unknown" });
      else if (!CoordError.is(error, "UNAVAILABLE")) throw error;
    }
  }
}

function chooseCall(chance: number, value: string, known: SharedEntry<string> | undefined): RegisterCall {
  if (chance < 0.25) return { type: "read" };
  if (chance < 0.4) return { type: "create", value };
  if (chance < 0.6 || !known) return { type: "write", value };
  if (chance < 0.9) return { type: "cas", value, version: known.version };
  return { type: "remove", version: known.version };
}

const waitMs = 20_000;

async function perform(
  { coord }: SimulatedClient,
  map: SharedMap<string>,
  key: string,
  op: RegisterCall,
): Promise<RegisterOutcome> {
  if (op.type === "read") {
    const entry = await coord.store.get(`${name}/${key}`);
    return entry ? { type: "ok", value: JSON.parse(text(entry.value)), version: entry.version } : { type: "ok" };
  }
  if (op.type === "remove") {
    await map.delete(key, { ifVersion: op.version, waitMs });
    if (map.entry(key)?.version === op.version) throw new Error("what was removed still stands in the copy");
    return { type: "ok" };
  }
  const condition = op.type === "create" ? { ifVersion: null } : op.type === "cas" ? { ifVersion: op.version } : {};
  const { value, version } = await map.set(key, op.value, { ...condition, waitMs });
  if (map.revision < BigInt(version)) throw new Error("the copy doesn't have what was written yet");
  return { type: "ok", value, version };
}
