import { CoordError, type Entry } from "@coord/core";
import { pause } from "@coord/core/spi";
import { convergence, linearizability, type RegisterCall, type RegisterOutcome } from "../history/index.ts";
import { bytes, text } from "../rig.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const directory = "registers";
const names = ["a", "b"] as const;
const workersPerClient = 2;
const operations = 10;

/**
 * Workers read, write, compare and set a few entries while a watch of each client looks on: the entries are to be
 * linearizable, with every outcome told or said to be unknown, and the watches to end on the last state, never going back.
 */
export const registerWorkload: Workload = {
  name: "registers",
  start(world) {
    const watching = new AbortController();
    recordTruth(world);
    const watches = world.clients.map((client) => watch(world, client, watching.signal));
    const workers = world.clients.flatMap((client, index) =>
      Array.from({ length: workersPerClient }, (_, worker) => work(world, client, `${index}.${worker}`)),
    );
    const settled = Promise.all(workers).then(() => seenByAll(world).finally(() => watching.abort("enough")));
    return [settled, ...watches];
  },
  judge: (world) => [...linearizability(world.history), ...convergence(world.history, { complete: true })],
  leftovers: () => [],
};

const keyOf = (name: string) => `${directory}/${name}`;

async function work(world: World, client: SimulatedClient, id: string): Promise<void> {
  const { chance } = world;
  const known = new Map<string, Entry>();
  for (let count = 0; count < operations; count += 1) {
    await pause(client.process, chance.between(0, 700));
    const name = chance.pick(names);
    const call = chooseCall(chance.next(), `${id}-${count}`, known.get(name));
    await perform(world, client, name, call, known);
  }
}

/** Every write has a value of its own, so that a read tells which one it saw. */
function chooseCall(chance: number, value: string, known: Entry | undefined): RegisterCall {
  if (chance < 0.4) return { type: "read" };
  if (chance < 0.55) return { type: "create", value };
  if (chance < 0.7 || !known) return { type: "write", value };
  if (chance < 0.9) return { type: "cas", value, version: known.version };
  return { type: "remove", version: known.version };
}

async function perform(
  world: World,
  client: SimulatedClient,
  name: string,
  op: RegisterCall,
  known: Map<string, Entry>,
): Promise<void> {
  const called = world.nowMs;
  const record = (outcome: RegisterOutcome) =>
    world.record({ client: client.name, kind: "operation", key: name, call: called, return: world.nowMs, op, outcome });
  try {
    const entry = await send(client, keyOf(name), op, known.get(name));
    if (entry) known.set(name, entry);
    else known.delete(name);
    record(entry ? { type: "ok", value: text(entry.value), version: entry.version } : { type: "ok" });
  } catch (error) {
    if (CoordError.is(error, "CONFLICT")) record({ type: "failed" });
    else if (CoordError.is(error, "UNKNOWN_OUTCOME")) record({ type: "unknown" });
    else if (!CoordError.is(error, "UNAVAILABLE")) throw error; // it has not happened, and tells nothing
  }
}

async function send(
  client: SimulatedClient,
  key: string,
  op: RegisterCall,
  known: Entry | undefined,
): Promise<Entry | undefined> {
  const { store } = client.coord;
  if (op.type === "read") return store.get(key);
  const write = {
    write: { put: key, value: bytes("value" in op ? op.value : "") },
    create: { create: key, value: bytes("value" in op ? op.value : "") },
    cas: known && { update: known, value: bytes("value" in op ? op.value : "") },
    remove: known && { remove: known },
  }[op.type];
  return write && (await store.commit({ writes: [write] })).entries[0];
}

/** What a watch of the directory shows, as one value with the store's revision. */
const shown = (entries: readonly Entry[]) =>
  entries.map(({ key, value }) => `${key.slice(directory.length + 1)}=${text(value)}`).join(" ");

async function watch(world: World, { name: client, coord }: SimulatedClient, signal: AbortSignal): Promise<void> {
  for await (const { entries, revision, stale } of coord.store.watch({ under: directory }, { signal })) {
    world.record({
      at: world.nowMs,
      client,
      kind: "seen",
      view: directory,
      version: revision,
      value: shown(entries),
      stale,
    });
  }
}

function recordTruth(world: World): void {
  const record = (entries: readonly Entry[]) =>
    world.record({
      at: world.nowMs,
      kind: "truth",
      view: directory,
      version: world.server.list(directory).revision,
      value: shown(entries),
    });
  record([]);
  world.observe(directory, record);
}

/** Waits until every view shows the last state, or long enough for the checker to tell that one never will. */
async function seenByAll(world: World): Promise<void> {
  const untilMs = world.nowMs + 60_000;
  const upToDate = (client: string) => {
    const last = world.history.findLast((event) => event.kind === "truth");
    const seen = world.history.findLast((event) => event.kind === "seen" && event.client === client);
    return last?.kind === "truth" && seen?.kind === "seen" && !seen.stale && seen.version === last.version;
  };
  while (world.nowMs < untilMs && !world.clients.every(({ name }) => upToDate(name))) {
    await new Promise<void>((resolve) => void world.time.in(100, resolve));
  }
}
