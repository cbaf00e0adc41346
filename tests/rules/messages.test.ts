// What a caller is told who did something wrong: which argument it is, what it was, and what is right.
import { Config } from "@coord/config";
import { type Coord, CoordError, connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { fromUrl as etcdUrl } from "@coord/etcd";
import { local } from "@coord/local";
import { LockManager, lockAll, Mutex } from "@coord/lock";
import { mirror } from "@coord/mirror";
import { zookeeper, fromUrl as zookeeperUrl } from "@coord/zookeeper";
import { afterAll, beforeAll, expect, test } from "vitest";

let coord: Coord;
beforeAll(async () => {
  coord = await connect("memory:messages");
});
afterAll(() => coord.close());

const value = new Uint8Array();
const schema = {
  "~standard": { version: 1, vendor: "test", validate: (given: unknown) => ({ value: given }) },
} as const;
const service = (options: object) => new Discovery(coord).service("s", options);

const misuses: readonly (readonly [message: string | RegExp, misuse: () => unknown])[] = [
  ["A name must be a string, got number.", () => new Mutex(coord, 5 as never)],
  [
    /^The name "x+.*" has 1100 bytes in its escaped form; at most 1024 are allowed\.$/s,
    () => new Mutex(coord, Array(11).fill("x".repeat(99)).join("/").padEnd(1100, "y")),
  ],
  [
    /^The namespace has 600 bytes in its escaped form; at most 512 are allowed\.$/,
    () => connect("memory:messages", { namespace: `${"n".repeat(150)}/`.repeat(4).slice(0, 600) }),
  ],
  ["`owner` must be a string that is not empty.", () => connect("memory:messages", { owner: "" })],
  [
    "`session.ttlMs` must be a number of milliseconds above 0, got 0.",
    () => connect("memory:messages", { session: { ttlMs: 0 } }),
  ],
  [
    "`signal` must be an AbortSignal; from an AbortController pass its `.signal`.",
    () => new Mutex(coord, "m").acquire({ signal: new AbortController() as never }),
  ],
  [
    'A commit writes each key once, and "k" stands in it twice.',
    () => coord.store.commit({ writes: [{ put: "k", value }, { remove: "k" }] }),
  ],
  ["lockAll() needs one lock at least.", () => lockAll([])],
  ["request() needs a callback as its last argument.", () => new LockManager(coord).request("m", {} as never)],
  [
    '`mode` must be "exclusive" or "shared", got "read".',
    () => new LockManager(coord).request("m", { mode: "read" as never }, () => {}),
  ],
  ["`guard.share` must be above 0 and 1 at most, got 0.", () => service({ guard: { share: 0 } })],
  ["`ejection.maxShare` must be from 0 to 1, got 2.", () => service({ ejection: { maxShare: 2 } })],
  ["`spillBelow` must be from 0 to 1, got -1.", () => service({ zone: "a", spillBelow: -1 })],
  [
    /^`share` must be a number from 0 to 1, got 7\.$/,
    async () => (await Config.open(coord, "c", { schema })).rollout.begin(() => ({}), { share: 7 }),
  ],
  [
    "`maxWritesPerSecond` must be a number above 0, got 0.",
    () => mirror(coord, coord, { directories: ["a"], maxWritesPerSecond: 0 } as never),
  ],
  [/`path` must name a folder\.$/, () => local({ path: "" })],
  [
    "`auth` must have a `user` without a colon and a `password`.",
    () => zookeeper({ servers: ["a:1"], auth: { user: "a:b", password: "" } } as never),
  ],
  [
    "The URL of a ZooKeeper must be like zk://host:2181,host:2181/namespace, or zks:// for TLS.",
    () => zookeeperUrl("zk://"),
  ],
  [
    /^The URL has an @ behind the first \/, \? or #\. In a user's name or password these are escaped: %40, %2F, %3F, %23\.$/,
    () => etcdUrl("etcd://me:se/cret@a:2379"),
  ],
];

test.each(misuses)("%s", async (message, misuse) => {
  const error = await (async () => misuse())().then(
    () => undefined,
    (reason) => reason,
  );
  expect(CoordError.is(error, "USAGE"), String(error)).toBe(true);
  if (typeof message === "string") expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
});
