// What a registration and a view do to their store, to each other and to the process, whatever goes wrong.
import { AuthError, type ConnectOptions, CoordError, connect, UsageError } from "@coord/core";
import { contextOf, lookOn, type Onlooker } from "@coord/core/recipe";
import { type Runtime, type Store, systemRuntime } from "@coord/core/spi";
import { Discovery, type Instance, type InstanceToRegister } from "@coord/discovery";
import { MemoryServer } from "@coord/memory";
import { expect, onTestFinished, test } from "vitest";
import { decorated } from "../testbed/decorated.ts";
import { eventually } from "../testbed/eventually.ts";

const instance: InstanceToRegister = { name: "s", id: "i", address: "127.0.0.1", port: 80 };

/** A client of a store of its own, with something between the two. */
async function client(differently: (store: Store) => Partial<Store> = () => ({}), options: ConnectOptions = {}) {
  const coord = await connect(decorated(new MemoryServer(), differently), options);
  onTestFinished(() => coord.close());
  return { coord, discovery: new Discovery(coord) };
}

/** Each pause as long as it can be. */
const runtime: Runtime = { ...systemRuntime, random: () => 1 };

/** A store that refuses all that this client asks of it, as long as it is told to. */
function refusing(error: Error = new AuthError("no right to services")) {
  const rights = { denied: false, refusedAtMs: [] as number[] };
  const guarded =
    <Arguments extends unknown[], T>(call: (...given: Arguments) => Promise<T>) =>
    async (...given: Arguments) => {
      if (!rights.denied) return call(...given);
      rights.refusedAtMs.push(performance.now());
      await new Promise(setImmediate); // a server is never asked and answers in one turn
      throw error;
    };
  const differently = ({ get, commit }: Store) => ({ get: guarded(get), commit: guarded(commit) });
  return { rights, differently };
}

/** The shortest time between two of the next attempts. */
async function shortestPauseMs(refusedAtMs: readonly number[]): Promise<number> {
  const from = refusedAtMs.length;
  await eventually("it to be tried again and again", () => refusedAtMs.length >= from + 3);
  const next = refusedAtMs.slice(from);
  return Math.min(...next.slice(1).map((atMs, index) => atMs - (next[index] ?? 0)));
}

const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (CoordError.is(error) ? error.code : String(error)),
  );

test("a registration that is refused leaves in peace: it asks the store again, but not without a pause", async () => {
  const { rights, differently } = refusing();
  const { discovery } = await client(differently, { runtime });
  rights.denied = true;
  expect(await codeOf(discovery.register(instance))).toBe("AUTH");
  expect(await shortestPauseMs(rights.refusedAtMs)).toBeGreaterThan(90);
});

test("so does one whose rights are withdrawn before it is closed", async () => {
  const { rights, differently } = refusing();
  const { discovery } = await client(differently, { runtime });
  const me = await discovery.register(instance, { drainMs: 0 });
  rights.denied = true;
  void me.close();
  await eventually("its last word, and the first attempt to leave", () => rights.refusedAtMs.length >= 2);
  expect(await shortestPauseMs(rights.refusedAtMs)).toBeGreaterThan(90);
});

test("what can't be sent at all is given up", async () => {
  const { rights, differently } = refusing(new UsageError("no such key"));
  const { discovery } = await client(differently);
  rights.denied = true;
  expect(await codeOf(discovery.register(instance))).toBe("USAGE");
  const isFree = async () => (await codeOf(discovery.register(instance))) === "USAGE"; // and no duplicate of one that still leaves
  await eventually("its id to be free", isFree);
});

test("a `where` that throws passes over the instance, is logged once, and concerns no other view", async () => {
  const words: string[] = [];
  const nothing = () => {};
  const logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (_: object, message: string) => void words.push(message),
  };
  const { discovery } = await client(undefined, { logger });
  const where = ({ metadata }: Instance) => (metadata.tags as string[]).includes("x");
  const before = discovery.service("s");
  const picky = discovery.service("s", { where });
  await discovery.register(instance);
  await before.ready({ waitMs: 1_000 });
  const after = discovery.service("s", { where });
  const plain = discovery.service("s");
  const stales: boolean[] = [];
  void (async () => {
    for await (const { stale } of plain.watch()) stales.push(stale);
  })();
  await discovery.register({ ...instance, id: "tagged", metadata: { tags: ["x"] } });
  for (const view of [picky, after]) {
    await view.ready({ waitMs: 1_000 });
    expect(view.pick().instance.id).toBe("tagged");
  }
  for (const view of [before, plain]) expect(view.current?.instances.length).toBe(2);
  expect(stales).not.toContain(true);
  expect(words).toEqual(Array(2).fill("`where` threw on an instance, which is passed over"));
});

test("one who looks on and throws concerns no other", async () => {
  const { coord } = await client();
  const told: string[] = [];
  const onlooker = (name: string): Onlooker => ({
    shown: () => {
      told.push(name);
      throw new Error("never mind");
    },
    failed: () => {},
    ended: () => {},
  });
  const context = contextOf(coord);
  const leaves = ["a", "b"].map((name) => lookOn(context, { key: "k" }, onlooker(name)));
  await eventually("both to be told", () => told.length === 2);
  await coord.store.commit({ writes: [{ create: "k", value: new Uint8Array() }] });
  await eventually("both to be told again", () => told.length === 4);
  leaves.push(lookOn(context, { key: "k" }, onlooker("c")));
  expect(told).toEqual(["a", "b", "a", "b", "c"]);
  for (const leave of leaves) leave();
});

test("who waits goes on when one that was left alone may be called again", async () => {
  const { discovery } = await client();
  await discovery.register(instance);
  const service = discovery.service("s", { ejection: { failures: 1, forMs: 100, maxShare: 1 } });
  await service.ready({ waitMs: 1_000 });
  service.pick().done("failed");
  expect(() => service.pick()).toThrow("left alone for a while");
  const waits = [service.ready({ waitMs: 3_000 }), service.call(() => "answered", { waitMs: 3_000 })];
  const sinceMs = performance.now();
  expect((await Promise.all(waits))[1]).toBe("answered");
  expect(performance.now() - sinceMs).toBeLessThan(1_500);
});

test("what is registered and what a view goes by is what was given at the call", async () => {
  const { discovery } = await client();
  const metadata = { list: [1] };
  const me = await discovery.register({ ...instance, zone: "a", metadata }, { drainMs: 0 });
  metadata.list.push(2);
  await me.update({ weight: 3 });
  const options = { zone: "a" };
  const service = discovery.service("s", options);
  options.zone = "b";
  await discovery.register({ ...instance, id: "there", zone: "b" });
  await service.ready({ min: 2, waitMs: 1_000 });
  expect(new Set(Array.from({ length: 20 }, () => service.pick().instance.id))).toEqual(new Set(["i"]));
  expect(service.pick().instance.metadata).toEqual({ list: [1] });
  expect(await codeOf(me.close({ drainMs: Number.NaN }))).toBe("USAGE"); // and doesn't throw
});
