import { channel, tracingChannel } from "node:diagnostics_channel";
import { connect } from "@coord/core";
import { MemoryServer, memory } from "@coord/memory";
import { expect, test } from "vitest";
import { Mutex } from "../src/index.ts";

test("acquiring, holding and losing a lock can be watched by diagnostics_channel", async () => {
  const seen: string[] = [];
  const note = (what: string) => (message: unknown) =>
    void seen.push(`${what} ${(message as { name?: string }).name ?? ""}`.trim());
  const acquire = { start: note("acquire start"), asyncEnd: note("acquire end"), error: note("acquire error") };
  const hold = { start: note("hold start"), asyncEnd: note("hold end") };
  const lost = note("lost");
  const state = (message: unknown) => void seen.push(`state ${(message as { now: string }).now}`);
  tracingChannel("coord:lock.acquire").subscribe(acquire as never);
  tracingChannel("coord:lock.hold").subscribe(hold as never);
  channel("coord:lost").subscribe(lost);
  channel("coord:state").subscribe(state);

  const server = new MemoryServer();
  const coord = await connect(memory({ server }));
  await (await new Mutex(coord, "m").acquire()).release();
  const second = await new Mutex(coord, "m").acquire();
  server.endSession(coord.status().session?.id ?? "");
  await expect.poll(() => second.signal.aborted).toBe(true);
  await coord.close();

  const once = ["acquire start m", "acquire end m", "hold start m", "hold end m"];
  expect(
    seen
      .filter((line) => line.endsWith(" m"))
      .slice(0, 4)
      .sort(),
  ).toEqual([...once].sort());
  expect(seen).toContain("lost m");
  expect(seen[0]).toBe("state connected");
  expect(seen.at(-1)).toBe("state closed");

  tracingChannel("coord:lock.acquire").unsubscribe(acquire as never);
  tracingChannel("coord:lock.hold").unsubscribe(hold as never);
  channel("coord:lost").unsubscribe(lost);
  channel("coord:state").unsubscribe(state);
});
