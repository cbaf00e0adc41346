// What a caller is told whose work came to nothing: which it was, why, and what can be done.
import { Barrier, CountDownLatch, CyclicBarrier, DoubleBarrier } from "@coord/barrier";
import { Config } from "@coord/config";
import { type Coord, CoordError, connect, type ErrorCode } from "@coord/core";
import { systemRuntime } from "@coord/core/spi";
import { Discovery } from "@coord/discovery";
import { Election } from "@coord/election";
import { Mutex } from "@coord/lock";
import { memory } from "@coord/memory";
import { SharedMap } from "@coord/replica";
import { afterAll, beforeAll, expect, test } from "vitest";

let coord: Coord;
beforeAll(async () => {
  coord = await connect("memory:failures");
});
afterAll(() => coord.close());

const waitMs = 20;
const nothing = () => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const events = { renewed: nothing, disconnected: nothing, expired: nothing };
const value = new Uint8Array();
const refusing = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: () => ({ issues: [{ message: "is not a number", path: ["rate"] }] }),
  },
} as const;
const anything = {
  "~standard": { version: 1, vendor: "test", validate: (given: unknown) => ({ value: given }) },
} as const;

const closed = async () => {
  const gone = await connect("memory:failures");
  await gone.close();
  return gone;
};

async function callSlow(): Promise<void> {
  const discovery = new Discovery(coord);
  await discovery.register({ name: "slow", id: "i", address: "127.0.0.1", port: 80 });
  const view = discovery.service("slow");
  await view.ready();
  await view.call(() => new Promise(() => {}), { attemptMs: waitMs });
}

const failures: readonly (readonly [code: ErrorCode, message: string | RegExp, happens: () => unknown])[] = [
  [
    "CLOSED",
    "This client was closed. Open a new one with connect() to go on.",
    async () => new Mutex(await closed(), "m").acquire(),
  ],
  [
    "CLOSED",
    'The registration of "i" was closed. Register it again to go on.',
    async () => {
      const me = await new Discovery(coord).register({ name: "closed", id: "i", address: "127.0.0.1", port: 80 });
      await me.close({ drainMs: 0 });
      await me.update({ weight: 2 });
    },
  ],
  [
    "CLOSED",
    'The registration of "i" was replaced by another one of this client: use that one.',
    async () => {
      const discovery = new Discovery(coord);
      const me = await discovery.register({ name: "replaced", id: "i", address: "127.0.0.1", port: 80 });
      await discovery.register({ name: "replaced", id: "i", address: "127.0.0.1", port: 81 }, { takeover: true });
      await me.close();
      await me.update({ weight: 2 });
    },
  ],
  [
    "CLOSED",
    'This handle of the service "closed" was closed. Open another one with discovery.service() to go on.',
    async () => {
      const view = new Discovery(coord).service("closed");
      await view.close();
      view.pick();
    },
  ],
  [
    "CLOSED",
    "This client was closed, so get can't be done. Open a new one with connect().",
    async () => (await closed()).store.get("k"),
  ],
  [
    "VALUE_TOO_LARGE",
    /^The value of "large" has 2097152 bytes; memory takes \d+ at most\. Store a reference to it instead\.$/,
    () => coord.store.commit({ writes: [{ put: "large", value: new Uint8Array(2 ** 21) }] }),
  ],
  [
    "CONFLICT",
    /"there".* not to exist.* it does, in version \d+/,
    async () => {
      await coord.store.commit({ writes: [{ put: "there", value }] });
      await coord.store.commit({ writes: [{ create: "there", value }] });
    },
  ],
  [
    "SESSION_LOST",
    "The session is gone: it was closed, or not renewed for its ttl.",
    async () => {
      const store = await memory().open({ runtime: systemRuntime, logger: logger, namespace: "" });
      const session = await store.openSession({ ttlMs: 5_000, events });
      await session.close();
      await store.commit({ writes: [{ create: "bound", value, session }] });
    },
  ],
  [
    "DEADLOCK",
    'The lock "nested" is held by this very flow of control, which would wait for itself. Pass `within: hold` to nest on purpose, or release it first.',
    () => new Mutex(coord, "nested").run(() => new Mutex(coord, "nested").acquire({ waitMs })),
  ],
  [
    "DEADLOCK",
    'The election "led" is led by this very flow of control, which would wait for itself.',
    () => new Election(coord, "led").lead(() => new Election(coord, "led").campaign({ waitMs })),
  ],
  [
    "TIMEOUT",
    /"won" was not won in time; ".+" is no candidate any more\.$/,
    async () => {
      await using _leader = await new Election(coord, "won").campaign();
      await new Election(coord, "won").campaign({ waitMs });
    },
  ],
  [
    "TIMEOUT",
    'The barrier "raised": wait took longer than 20 ms.',
    async () => {
      await new Barrier(coord, "raised").raise();
      await new Barrier(coord, "raised").wait({ waitMs });
    },
  ],
  [
    "TIMEOUT",
    'The latch "latch": wait took longer than 20 ms.',
    () => new CountDownLatch(coord, "latch", { count: 2 }).wait({ waitMs }),
  ],
  [
    "TIMEOUT",
    'The barrier "cyclic": not all 2 parties came within 20 ms.',
    () => new CyclicBarrier(coord, "cyclic", { parties: 2 }).arrive({ waitMs }),
  ],
  [
    "TIMEOUT",
    'The barrier "double": not all 2 parties came to enter within 20 ms.',
    () => new DoubleBarrier(coord, "double", { parties: 2 }).enter({ waitMs }),
  ],
  [
    "CONFLICT",
    /at version 7.* "set" is at version 1/,
    async () => {
      const config = await Config.open(coord, "set", { schema: anything });
      await config.set({});
      await config.set({}, { ifVersion: 7 });
    },
  ],
  [
    "VALIDATION",
    /is not valid: .*rate.*: is not a number\. Correct it and write it again\.$/,
    async () => {
      await using config = await Config.open(coord, "invalid", { schema: anything });
      await config.set({ rate: "x" });
      await Config.open(coord, "invalid", { schema: refusing });
    },
  ],
  [
    "VALIDATION",
    /^The value of .*"k".* is refused: rate: is not a number\.$/,
    async () => (await SharedMap.open(coord, "map", { schema: refusing })).set("k", 1),
  ],
  ["TIMEOUT", 'The instance "i" of "slow" did not answer within 20 ms.', callSlow],
  [
    "TIMEOUT",
    /^"empty" was not ready in time: 0 of 2 instances can be called\. ./,
    () => new Discovery(coord).service("empty").ready({ min: 2, waitMs }),
  ],
  [
    "NO_INSTANCE",
    /^No instance of "none" can be called: ./,
    async () => {
      const view = new Discovery(coord).service("none");
      await view.ready({ min: 0 });
      view.pick();
    },
  ],
  [
    "DUPLICATE_INSTANCE",
    /^"twice" has an instance "i" already, whose session lives\. Choose another `id`, or pass `takeover: true` to replace it\.$/,
    async () => {
      const instance = { name: "twice", id: "i", address: "127.0.0.1", port: 80 };
      await new Discovery(coord).register(instance);
      await using other = await connect("memory:failures");
      await new Discovery(other).register(instance, { waitMs: 200 });
    },
  ],
  [
    "VALUE_TOO_LARGE",
    /^The instance "i" takes \d+ bytes; memory takes \d+ at most\. Publish less metadata\.$/,
    () =>
      new Discovery(coord).register({
        name: "fat",
        id: "i",
        address: "127.0.0.1",
        port: 80,
        metadata: { much: "x".repeat(2 ** 21) },
      }),
  ],
];

test.each(failures)("%s: %s", async (code, message, happens) => {
  const error = await (async () => happens())().then(
    () => undefined,
    (reason) => reason,
  );
  expect(CoordError.is(error, code), String(error)).toBe(true);
  if (typeof message === "string") expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
});
