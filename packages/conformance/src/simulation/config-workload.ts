import { Config } from "@coord/config";
import { CoordError } from "@coord/core";
import { decodeJson } from "@coord/core/recipe";
import {
  convergence,
  linearizability,
  type RegisterCall,
  type RegisterOutcome,
  type Violation,
} from "../history/index.ts";
import { pauseUpTo } from "./attempt.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const directory = "documents";
/** Written by all at once: a register. */
const plain = `${directory}/plain`;
/** Versions of it are rolled out and taken back. */
const staged = `${directory}/staged`;
const rounds = 7;

interface Text {
  readonly text?: string | undefined;
}

const schema = {
  "~standard": {
    version: 1 as const,
    vendor: "coord",
    validate: (value: unknown) =>
      typeof (value as Text).text === "number"
        ? { issues: [{ message: "text, no number", path: ["text"] }] }
        : { value: value as Text },
    types: undefined as undefined | { readonly input: Text; readonly output: Text },
  },
};

type View = Config<typeof schema>;

/**
 * Everybody changes a document, by compare-and-set and without, and takes turns at rolling out another one, while views of each client look on: the
 * document is to be a linearizable register that counts its versions, and the views are to end on the last version, never going back.
 */
export const configWorkload: Workload = {
  name: "config",
  start(world) {
    recordTruth(world);
    return [worked(world)];
  },
  judge: (world) => [
    ...linearizability(world.history),
    ...convergence(world.history, { complete: true }),
    ...[plain, staged].flatMap((name) => gaps(world, name)),
  ],
  leftovers: ({ server }) =>
    [plain, staged]
      .flatMap((name) => [`${name}/@running`, `${name}/@writing`])
      .flatMap((directory) => server.list(directory).entries.map(({ key }) => key)),
};

async function worked(world: World): Promise<void> {
  const lives = await Promise.all(world.clients.map((client) => live(world, client)));
  const [last] = lives;
  await last?.[1].rollback(1); // ends every roll-out
  await seenByAll(world, lives);
  for (const [index, views] of lives.entries())
    for (const view of views) record(world, world.clients[index]?.name ?? "", view); // a version with the value of the last one is no change
  await Promise.all(lives.flat().map((view) => view.close()));
}

async function live(world: World, client: SimulatedClient): Promise<readonly [View, View]> {
  const open = (name: string) => look(world, client, name);
  const [register, rollouts] = await Promise.all([open(plain), open(staged)]);
  await rollouts.set({ text: "first" }, { ifVersion: 0 }).catch(expected);
  const workers = [
    ...[1, 2].map((worker) =>
      repeated(world, client, (round) => change(world, client, register, `${client.name}.${worker}.${round}`)),
    ),
    repeated(world, client, (round) => rollOut(world, rollouts, `${client.name}.${round}`)),
  ];
  await Promise.all(workers);
  return [register, rollouts];
}

async function repeated(world: World, client: SimulatedClient, work: (round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await pauseUpTo(world, client, 1_500);
    await work(round);
  }
}

/** A view, and what it shows, written down. */
async function look(world: World, { name: client, coord }: SimulatedClient, name: string): Promise<View> {
  const view = await Config.open(coord, name, { schema, keep: 1_000, instance: client, waitMs: 120_000 });
  const seen = () => record(world, client, view);
  seen();
  view.on("change", seen).on("stale", seen);
  return view;
}

function record(world: World, client: string, view: View): void {
  const { name, version, stale, current } = view;
  const at = world.nowMs;
  world.record({ at, client, kind: "seen", view: name, version: BigInt(version), stale, value: textOf(current) });
}

const textOf = ({ text }: Text) => text ?? "";

async function change(world: World, client: SimulatedClient, view: View, text: string): Promise<void> {
  const { chance } = world;
  const call = world.nowMs;
  const { version } = view;
  const limit = chance.happens(0.3) ? { waitMs: chance.between(0, 2_000) } : {};
  const kind = chance.pick(["update", "update", "set", "cas", "remove"] as const);
  let op: RegisterCall = { type: "write", value: kind === "remove" ? "" : text };
  if (kind === "cas")
    op = version === 0 ? { type: "create", value: text } : { type: "cas", value: text, version: String(version) };
  const update = (now: Text) => {
    op = now.text === undefined ? { type: "write", value: text } : { type: "cas", value: text, expected: now.text };
    return { text };
  };
  const record = (op: RegisterCall, outcome: RegisterOutcome) =>
    world.record({ client: client.name, kind: "operation", key: plain, call, return: world.nowMs, op, outcome });
  try {
    const written = await {
      update: () => view.update(update, limit),
      set: () => view.set({ text }, limit),
      cas: () => view.set({ text }, { ifVersion: version, ...limit }),
      remove: () => view.remove(limit),
    }[kind]();
    record(op, { type: "ok", version: String(written) });
  } catch (error) {
    if (CoordError.is(error, "TIMEOUT", "UNKNOWN_OUTCOME"))
      record(kind === "cas" ? op : { type: "write", value: textOfCall(op) }, { type: "unknown" });
    else if (!CoordError.is(error, "CONFLICT")) throw error;
    else if (kind === "cas") record(op, { type: "failed" });
  }
}

const textOfCall = (op: RegisterCall) => ("value" in op ? op.value : "");

async function rollOut({ chance }: World, view: View, text: string): Promise<void> {
  const { rollout } = view;
  const step = chance.pick(["begin", "begin", "widen", "promote", "abandon", "update"] as const);
  const steps = {
    begin: () => rollout.begin(() => ({ text }), { share: chance.next() }),
    widen: () => rollout.widen(chance.next()),
    promote: () => rollout.promote(),
    abandon: () => rollout.abandon(),
    update: () => view.update(() => ({ text })),
  };
  await steps[step]().catch(expected);
}

/** Another one was faster, or there is nothing to roll out, or it went further already. */
function expected(error: unknown): void {
  if (!CoordError.is(error, "CONFLICT", "USAGE", "UNKNOWN_OUTCOME")) throw error;
}

function recordTruth(world: World): void {
  world.observe(directory, (entries) => {
    const entry = entries.find(({ key }) => key === plain);
    if (!entry) return;
    const { version, value } = decodeJson(entry.value) as { readonly version: number; readonly value: Text | null };
    world.record({ at: world.nowMs, kind: "truth", view: plain, version: BigInt(version), value: textOf(value ?? {}) });
  });
}

/** Waits until every view shows the last version; the checker tells of the one document, this of the other. */
async function seenByAll(world: World, lives: readonly (readonly [View, View])[]): Promise<void> {
  const last = [plain, staged].map((name) => world.server.list(`${name}/@history`).entries.length);
  const late = () => lives.flat().find((view, index) => view.stale || view.version !== last[index % 2]);
  const untilMs = Math.max(world.nowMs, world.healedMs) + 60_000;
  while (late()) {
    if (world.nowMs > untilMs)
      throw new Error(`${late()?.name} ends on version ${late()?.version} at some client, the last are ${last}`);
    await new Promise<void>((resolve) => void world.time.in(100, resolve));
  }
}

/** Every version that there ever was is in the history, once. */
function gaps({ server }: World, name: string): readonly Violation[] {
  const versions = server.list(`${name}/@history`).entries.map(({ key }) => Number(key.split("/").at(-1)));
  if (versions.every((version, index) => version === index + 1)) return [];
  return [{ rule: "history-gap", message: `the versions of ${name} are ${versions.join(", ")}`, events: [] }];
}
