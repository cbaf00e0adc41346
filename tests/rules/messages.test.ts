// What a caller is told who did something wrong: which argument it is, what it was, and what is right.
import { EventEmitter } from "node:events";
import { Config, ConfigFolder } from "@coord/config";
import { type Coord, CoordError, connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { coordInterceptor } from "@coord/discovery/undici";
import { fromUrl as etcdUrl } from "@coord/etcd";
import { local, fromUrl as localUrl } from "@coord/local";
import { LockManager, lockAll, Mutex } from "@coord/lock";
import { fromUrl as memoryUrl, processPort } from "@coord/memory";
import { copy, mirror } from "@coord/mirror";
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
const nested = (levels: number): object => (levels === 0 ? {} : { in: nested(levels - 1) });
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
  [
    'The name "a//b" has an empty segment: a name doesn\'t begin or end with "/" nor has "//".',
    () => new Mutex(coord, "a//b"),
  ],
  ['The name "a/.." has the segment "..", which is no name.', () => new Mutex(coord, "a/..")],
  ['The name "a\\u0000" has a NUL character in "a\\u0000".', () => new Mutex(coord, "a\0")],
  [
    'The key "a%b" has characters that not every store takes: pass toKey(name) instead of the name.',
    () => coord.store.get("a%b"),
  ],
  ["lockAll() needs one lock at least.", () => lockAll([])],
  [
    'lockAll() takes the locks of one client, but "a" and "b" belong to two: nothing is atomic over two stores.',
    async () => {
      await using other = await connect("memory:messages");
      await lockAll([new Mutex(coord, "a"), new Mutex(other, "b")]);
    },
  ],
  ["request() needs a callback as its last argument.", () => new LockManager(coord).request("m", {} as never)],
  [
    '`mode` must be "exclusive" or "shared", got "read".',
    () => new LockManager(coord).request("m", { mode: "read" as never }, () => {}),
  ],
  [
    /^The key "services\/n+.*" has 1229 bytes in its escaped form; at most 1225 are allowed\.$/s,
    () => {
      const name = Array(6).fill("n".repeat(169)).join("/");
      return new Discovery(coord).register({ name, id: "i".repeat(200), address: "127.0.0.1", port: 80 });
    },
  ],
  ["`guard.share` must be above 0 and 1 at most, got 0.", () => service({ guard: { share: 0 } })],
  [
    "`address` of an instance must be a host name or IP address, got undefined.",
    () => new Discovery(coord).register({ name: "s", port: 80 } as never),
  ],
  [
    "`metadata` of an instance must be what JSON can say, got an object.",
    () => new Discovery(coord).register({ name: "s", address: "a", port: 80, metadata: { count: 1n } }),
  ],
  [
    "`drainMs` must be a number of milliseconds, 0 or more, got NaN.",
    async () => {
      const me = await new Discovery(coord).register({ name: "s", address: "a", port: 81 });
      await me.close({ drainMs: Number.NaN });
    },
  ],
  ["`guard.minimum` must be a whole number from 0 on, got NaN.", () => service({ guard: { minimum: Number.NaN } })],
  ["`min` must be a whole number from 0 on, got NaN.", () => service({}).ready({ min: Number.NaN })],
  ["`attempts` must be a whole number from 1 on, got NaN.", () => service({}).call(() => {}, { attempts: Number.NaN })],
  [
    "`attempts` must be a whole number from 1 on, got 0.",
    () => coordInterceptor(new Discovery(coord), { attempts: 0 }),
  ],
  [
    "`attemptMs` must be a number of milliseconds, 0 or more, got -1.",
    () => service({}).call(() => {}, { attemptMs: -1 }),
  ],
  ["`ejection.maxShare` must be from 0 to 1, got 2.", () => service({ ejection: { maxShare: 2 } })],
  ["`subset.client` must be a string.", () => service({ subset: { size: 1, client: 5 } })],
  ["`spillBelow` must be from 0 to 1, got -1.", () => service({ zone: "a", spillBelow: -1 })],
  [
    /^`share` must be a number from 0 to 1, got 7\.$/,
    async () => (await Config.open(coord, "c", { schema })).rollout.begin(() => ({}), { share: 7 }),
  ],
  [
    '"x/y" is not directly below "folder".',
    async () => (await ConfigFolder.open(coord, "folder", { schema })).update({ "x/y": () => ({}) }),
  ],
  [
    'What is written to "deep" can\'t be written: it is nested deeper than 100 levels.',
    async () => (await Config.open(coord, "deep", { schema })).set(nested(101)),
  ],
  [
    'The path "db..url" has the segment "", which names nothing.',
    async () => (await Config.open(coord, "c", { schema })).explain("db..url"),
  ],
  [
    "`share` is 0.5 by now and can't be lowered to 0.1: abandon the roll-out instead.",
    async () => {
      const config = await Config.open(coord, "rolled-out", { schema });
      await config.set({ version: "old" });
      await config.rollout.begin(() => ({ version: "new" }), { share: 0.5 });
      await config.rollout.widen(0.1);
    },
  ],
  [
    'The instance "i" has no port "admin"; it has grpc.',
    async () => {
      const discovery = new Discovery(coord);
      await discovery.register({ name: "ports", id: "i", address: "127.0.0.1", port: 80, ports: { grpc: 81 } });
      const view = discovery.service("ports");
      await view.ready();
      view.pick().instance.url("/", "admin");
    },
  ],
  [
    '"a" would be copied onto itself: give another target, or `into`.',
    () => copy(coord, coord, { directories: ["a"] }),
  ],
  [
    "`maxWritesPerSecond` must be a number above 0, got 0.",
    () => mirror(coord, coord, { directories: ["a"], maxWritesPerSecond: 0 } as never),
  ],
  [/`path` must name a folder\.$/, () => local({ path: "" })],
  ['The URL "file:./%zz" has a "%" that escapes nothing; write it as %25.', () => localUrl("file:./%zz")],
  ['The URL "memory:" names no store; write memory:name or memory:name/namespace.', () => memoryUrl("memory:")],
  ['The URL "memory:a/%zz" has a "%" that escapes nothing; write it as %25.', () => memoryUrl("memory:a/%zz")],
  [
    "This process has no channel to another one: it must be started by fork().",
    () => processPort(new EventEmitter() as never),
  ],
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
