import { connect } from "@coord/core";
import { expect, test } from "vitest";
import { MemoryServer, memory } from "../src/index.ts";

test("a caller who never pauses leaves the event loop its turn, so the session is renewed", async () => {
  const coord = await connect(memory({ server: new MemoryServer() }), { session: { ttlMs: 400 } });
  const states: string[] = [];
  coord.on("state", (now) => states.push(now));
  const untilMs = performance.now() + 1_500;
  while (performance.now() < untilMs) await coord.store.get("k");
  expect(states).toEqual([]);
  await coord.close();
});
