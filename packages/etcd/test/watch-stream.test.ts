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
  const range = { key: Buffer.from("k"), range_end: Buffer.alloc(0) };
  stream.watch({ range, asked() {}, begun() {}, changed() {}, lost() {}, refused() {} });
  await expect.poll(() => opened >= 12).toBe(true);
  closed = true;
  expect(pausesMs.slice(0, 10)).toEqual([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
});
