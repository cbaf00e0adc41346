// What configuration does while its store is out of sight, has ended the session or refuses it: no more than is of use, and nothing for good.
import { Config } from "@coord/config";
import { AuthError, type ConnectOptions, connect, SessionLostError } from "@coord/core";
import { type Runtime, type Snapshot, type Store, systemRuntime } from "@coord/core/spi";
import { MemoryServer } from "@coord/memory";
import { expect, onTestFinished, test } from "vitest";
import { decorated } from "../testbed/decorated.ts";
import { eventually } from "../testbed/eventually.ts";

interface Settings {
  readonly a?: number;
}

const schemaOf = (validate: (value: Settings) => Settings | Promise<Settings>) => ({
  "~standard": {
    version: 1 as const,
    vendor: "test",
    validate: async (value: unknown) => ({ value: await validate(value as Settings) }),
    types: undefined as undefined | { readonly input: Settings; readonly output: Settings },
  },
});
const schema = schemaOf((value) => value);

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function client(
  differently: (store: Store) => Partial<Store>,
  server = new MemoryServer(),
  options: ConnectOptions = {},
) {
  const coord = await connect(decorated(server, differently), options);
  onTestFinished(() => coord.close());
  return coord;
}

/** Refuses what is written on a session, by what is thrown here. */
const refusing = (refusal: () => Error | undefined) => (store: Store) => ({
  commit: async (...[commit, options]: Parameters<Store["commit"]>) => {
    const error = commit.writes.some((write) => "session" in write && write.session) ? refusal() : undefined;
    if (!error) return store.commit(commit, options);
    await new Promise(setImmediate); // a server is never asked and answers in one turn
    throw error;
  },
});

test("an instance whose session the store has ended is shown on the next one, without a storm", async () => {
  const refusedAtMs: number[] = [];
  let gone = true;
  const lost = () => {
    if (!gone) return undefined;
    refusedAtMs.push(performance.now());
    return new SessionLostError("expired", "The session is gone.");
  };
  const runtime: Runtime = { ...systemRuntime, random: () => 1 }; // each pause as long as it can be
  const coord = await client(refusing(lost), undefined, { runtime });
  const config = await Config.open(coord, "c", { schema, instance: "one" });
  await eventually("it to be tried again and again", () => refusedAtMs.length >= 4);
  gone = false;
  const pauses = refusedAtMs.slice(1).map((atMs, index) => atMs - (refusedAtMs[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThan(90);
  await eventually("it to be shown", async () => (await config.rollout.status()).instances.length === 1);
});

test("an instance that may not be shown for a while is shown afterwards", async () => {
  let refusals = 0;
  const coord = await client(refusing(() => (++refusals < 4 ? new AuthError("the token has expired") : undefined)));
  const config = await Config.open(coord, "c", { schema, instance: "one" });
  await eventually("it to be shown", async () => (await config.rollout.status()).instances.length === 1);
});

test("what was seen before the store came out of sight is taken over, also where validation was still at the one before", async () => {
  const server = new MemoryServer();
  const disconnected = deferred();
  let last: Snapshot | undefined;
  async function* cutOff(watch: AsyncIterable<Snapshot>, until: string): AsyncGenerator<Snapshot> {
    for await (const snapshot of watch) {
      last = snapshot;
      yield snapshot;
      if (Buffer.from(snapshot.entries[0]?.value ?? []).includes(until)) break;
    }
    if (last) yield { ...last, stale: true };
    disconnected.resolve();
    await new Promise(() => {});
  }
  const coord = await client((store) => ({ watch: (...given) => cutOff(store.watch(...given), '"a":2') }), server);
  const writer = await Config.open(await client(() => ({}), server), "c", { schema });
  const validated = deferred();
  const validating = deferred();
  const slow = schemaOf(async (value) => {
    if (value.a !== 1) return value;
    validating.resolve();
    await validated.promise;
    return value;
  });
  const config = await Config.open(coord, "c", { schema: slow });
  await writer.set({ a: 1 });
  await validating.promise;
  await writer.set({ a: 2 });
  await disconnected.promise;
  validated.resolve();
  await expect.poll(() => config.stale).toBe(true);
  expect(config.current).toEqual({ a: 2 });
});
