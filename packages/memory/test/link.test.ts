import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { memory } from "../src/backend.ts";
import { directLink, LinkError } from "../src/link.ts";
import type { Request } from "../src/protocol.ts";
import { MemoryServer, type StoreServer } from "../src/server.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test("what was done and could not be kept is in doubt, whatever the reason says", async () => {
  const refused = () => Promise.reject(new LinkError("no", "the disk is full"));
  const connection = { serve: () => ({ ok: true }), saved: refused, close: () => {} };
  const server = { connect: () => connection } as unknown as StoreServer;
  const road = directLink(server, systemRuntime).open(() => {});
  await expect(road.exchange({ verb: "get", ask: { key: "k" } })).rejects.toMatchObject({
    arrived: "maybe",
    message: "the disk is full",
  });
});

/** Enough calls at once for the event loop to be left its turn in between. */
const many = 2_500;

const request = (number: number): Request => ({
  verb: "commit",
  ask: { writes: [{ put: "k", value: Uint8Array.of(number >> 8, number) }] },
});

test("the calls of one client are served in their order, also where the event loop is left its turn in between", async () => {
  const server = new MemoryServer();
  const road = directLink(server, systemRuntime).open(() => {});
  const order: number[] = [];
  server.observe("", ([entry]) => void (entry && order.push(((entry.value[0] ?? 0) << 8) | (entry.value[1] ?? 0))));
  const answers = Array.from({ length: many }, (_, number) => road.exchange(request(number)));
  await Promise.all(answers);
  expect(order).toEqual(Array.from({ length: many }, (_, number) => number));
});

test("who leaves a watch that was left waiting leaves no subscription behind", async () => {
  const server = new MemoryServer();
  const store = await memory({ server }).open({ runtime: systemRuntime, logger: quiet, namespace: "" });
  for (let round = 0; round < many; round += 1) {
    const watch = store.watch({ key: "k" })[Symbol.asyncIterator]();
    void watch.next();
    await watch.return?.();
  }
  await store.get("k");
  expect(server.subscriptionCount).toBe(0);
  await store.close();
});
