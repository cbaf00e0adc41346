import { EventEmitter } from "node:events";
import { type Runtime, systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import type { Connection } from "../src/connection.ts";
import { Lineage } from "../src/lineage.ts";
import { WatchStream } from "../src/watch-stream.ts";
import { clock, silent } from "./scripted.ts";

/** Nobody waits, and what was asked for is noted. */
function hasty() {
  const pausesMs: number[] = [];
  const timer: Runtime["timer"] = (delayMs, fire, { keepAlive = true } = {}) => {
    if (!keepAlive) return { cancel() {} };
    pausesMs.push(delayMs);
    const handle = setImmediate(fire);
    return { cancel: () => clearImmediate(handle) };
  };
  return { pausesMs, runtime: { ...systemRuntime, timer, random: () => 0.5 } };
}

class FailingStream extends EventEmitter {
  write(): boolean {
    setImmediate(() => this.emit("error", new Error("14 UNAVAILABLE: Connection dropped")));
    return true;
  }
  cancel(): void {}
}

test("streams that fail as soon as they are opened are opened at growing intervals", async () => {
  const { pausesMs, runtime } = hasty();
  let opened = 0;
  let closed = false;
  const connection = {
    lineage: new Lineage(silent),
    member: { endpoint: "h:1" },
    closed: false,
    onTrouble: () => () => {},
    leave() {},
    open: async () => {
      opened += 1;
      return closed ? new Promise(() => {}) : new FailingStream();
    },
  } as unknown as Connection;
  const stream = new WatchStream(connection, runtime);
  stream.watch(watcher);
  await expect.poll(() => opened >= 12).toBe(true);
  closed = true;
  expect(pausesMs.slice(0, 10)).toEqual([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
});

/** Takes everything, and answers what it is made to. */
class MuteStream extends EventEmitter {
  cancelled = false;
  readonly asked: string[] = [];
  readonly #answers: (request: object) => object | undefined;
  constructor(answers: (request: object) => object | undefined) {
    super();
    this.#answers = answers;
  }
  write(request: object): boolean {
    this.asked.push(...Object.keys(request));
    const answer = this.#answers(request);
    if (answer) setImmediate(() => this.emit("data", answer));
    return true;
  }
  cancel(): void {
    this.cancelled = true;
  }
}

const range = { key: "k" };
const watcher = { range, asked() {}, begun() {}, changed() {}, lost() {}, refused() {} };

/** The endpoint answers all else, heartbeats among it, all the time. */
const livelyConnection = (runtime: Runtime, next: () => MuteStream) =>
  ({
    lineage: new Lineage(silent),
    member: { endpoint: "h:1" },
    closed: false,
    onTrouble: () => () => {},
    leave() {},
    heardMs: () => runtime.now(),
    open: async () => next(),
  }) as unknown as Connection;

test("a stream on which a watch doesn't begin is left, whatever else its endpoint answers", async () => {
  const { runtime, passes } = clock();
  const streams: MuteStream[] = [];
  const connection = livelyConnection(runtime, () => {
    const stream = new MuteStream(() => undefined);
    streams.push(stream);
    return stream;
  });
  new WatchStream(connection, runtime).watch(watcher);
  await passes(8_000);
  expect(streams[0]?.cancelled).toBe(true);
  expect(streams.length).toBe(2);
});

const header = { cluster_id: "1", member_id: "1", revision: "1", raft_term: "1" };
const answer = { header, events: [], canceled: false, fragment: false, cancel_reason: "" };

/** Streams of a server that begins watches, tells the first one something every second, and says this of the second one on the first stream. */
function streams(runtime: Runtime, ofTheSecond: object | undefined) {
  const opened: MuteStream[] = [];
  const connection = livelyConnection(runtime, () => {
    const stream: MuteStream = new MuteStream((request) => {
      if (!("create_request" in request)) return undefined;
      if (stream === opened[0] && stream.asked.length > 1) return ofTheSecond;
      return { ...answer, created: true, watch_id: `${stream.asked.length}` };
    });
    const event = () => {
      if (stream.asked.length > 0) stream.emit("data", { ...answer, created: false, watch_id: "1" });
      runtime.timer(1_000, event);
    };
    event();
    opened.push(stream);
    return stream;
  });
  let forgotten = 0;
  Object.assign(connection, { forgetToken: () => (forgotten += 1) });
  const stream = new WatchStream(connection, runtime);
  stream.watch(watcher);
  return { opened, watch: () => stream.watch(watcher), forgotten: () => forgotten };
}

test("a stream on which one watch doesn't begin is left, whatever it tells the others", async () => {
  const { runtime, passes } = clock();
  const { opened, watch } = streams(runtime, undefined);
  await passes(3_000);
  watch();
  await passes(5_000);
  expect(opened.length).toBe(1);
  await passes(5_000);
  expect(opened.length).toBe(2);
  expect(opened[0]?.cancelled).toBe(true);
});

test("a stream is not left for a watch whose answer came while this process stood still, and is read behind others", async () => {
  const { runtime, passes } = clock();
  let stoodMs = 0;
  const standing = { ...runtime, now: () => runtime.now() + stoodMs };
  const { opened, watch } = streams(standing, undefined);
  await passes(3_000);
  watch();
  stoodMs = 10_000;
  const [stream] = opened;
  stream?.emit("data", { ...answer, created: false, watch_id: "1" });
  await passes(500);
  stream?.emit("data", { ...answer, created: true, watch_id: "2" });
  await passes(20_000);
  expect(opened.length).toBe(1);
  expect(stream?.cancelled).toBe(false);
});

// A token that carries the revision of the users and roles is old once they change; watches that have begun go on.
test.each(["etcdserver: revision of auth store is old", "etcdserver: invalid auth token"])(
  "a watch that is refused with %s begins on another stream, with another token",
  async (cancel_reason) => {
    const { runtime, passes } = clock();
    const refused = { ...answer, created: true, canceled: true, watch_id: "-1", cancel_reason };
    const { opened, watch, forgotten } = streams(runtime, refused);
    await passes(3_000);
    expect(forgotten()).toBe(0);
    watch();
    await passes(1_000);
    expect(forgotten()).toBeGreaterThan(0);
    expect(opened[0]?.cancelled).toBe(true);
    expect(opened.length).toBe(2);
  },
);

// From 3.4.25 and 3.5.8 on a server answers for the watches of a stream: where there is none, not at all.
test("a stream on which nothing is watched any more is not asked, nor left", async () => {
  const { runtime, passes } = clock();
  const streams: MuteStream[] = [];
  let watched = 0;
  const connection = livelyConnection(runtime, () => {
    const stream = new MuteStream((request) => {
      if ("create_request" in request) watched += 1;
      if ("cancel_request" in request) watched -= 1;
      if ("create_request" in request) return { ...answer, created: true, watch_id: "1" };
      return watched > 0 ? { ...answer, created: false, watch_id: "-1" } : undefined;
    });
    streams.push(stream);
    return stream;
  });
  const stream = new WatchStream(connection, runtime);
  const leave = stream.watch(watcher);
  await passes(40_000);
  leave();
  await passes(120_000);
  expect(streams.length).toBe(1);
  expect(streams[0]?.cancelled).toBe(false);
  stream.watch(watcher);
  await passes(40_000);
  expect(streams.length).toBe(1);
});

test("a stream that has begun all and is quiet for long is asked itself", async () => {
  const { runtime, passes } = clock();
  let mute = false;
  const streams: MuteStream[] = [];
  const connection = livelyConnection(runtime, () => {
    const stream = new MuteStream((request) => {
      if (mute) return undefined;
      return { ...answer, created: "create_request" in request, watch_id: "create_request" in request ? "1" : "-1" };
    });
    streams.push(stream);
    return stream;
  });
  new WatchStream(connection, runtime).watch(watcher);
  await passes(120_000);
  expect(streams.length).toBe(1);
  const { asked } = streams[0] as MuteStream;
  expect(asked.filter((what) => what === "progress_request").length).toBeGreaterThanOrEqual(2);
  expect(asked.filter((what) => what === "progress_request").length).toBeLessThanOrEqual(4);
  mute = true;
  await passes(40_000);
  expect(streams[0]?.cancelled).toBe(true);
});
