import { EventEmitter } from "node:events";
import { type Runtime, systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import type { Connection } from "../src/connection.ts";
import { Lineage } from "../src/lineage.ts";
import { WatchStream } from "../src/watch-stream.ts";
import { silent } from "./scripted.ts";

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

/** Time that passes when the test says so. */
function clock() {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  const timer: Runtime["timer"] = (delayMs, fire) => {
    const due = { atMs: nowMs + delayMs, fire };
    timers.add(due);
    return { cancel: () => void timers.delete(due) };
  };
  const passes = async (ms: number) => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 100) {
      for (const due of [...timers].filter(({ atMs }) => atMs <= nowMs)) if (timers.delete(due)) due.fire();
      await new Promise(setImmediate);
    }
  };
  return { runtime: { ...systemRuntime, now: () => nowMs, timer, random: () => 0.5 }, passes };
}

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

const range = { key: Buffer.from("k"), range_end: Buffer.alloc(0) };
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

test("a stream that has begun all and is quiet for long is asked itself", async () => {
  const { runtime, passes } = clock();
  const header = { cluster_id: "1", member_id: "1", revision: "1", raft_term: "1" };
  const answer = { header, events: [], canceled: false, fragment: false, cancel_reason: "" };
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
  await passes(60_000);
  expect(streams.length).toBe(1);
  const { asked } = streams[0] as MuteStream;
  expect(asked.filter((what) => what === "progress_request").length).toBeGreaterThanOrEqual(2);
  expect(asked.filter((what) => what === "progress_request").length).toBeLessThanOrEqual(4);
  mute = true;
  await passes(25_000);
  expect(streams[0]?.cancelled).toBe(true);
});
