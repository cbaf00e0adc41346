import { expect } from "vitest";
import { bundle } from "../structure/bundle.ts";
import { run } from "../structure/run.ts";
import type { Endpoint } from "./endpoint.ts";
import { startProxy } from "./proxy/proxy.ts";

const warmUpMs = 8_000;
/** `COORD_SOAK_MS` makes it longer. */
const soakMs = Number(process.env.COORD_SOAK_MS ?? 20_000);
const heapMayGrowBytes = 4_000_000;

/** How long a test with one soak may take. */
export const soakLimitMs = warmUpMs + soakMs + 90_000;

interface Held {
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
}

interface Outcome {
  readonly cycles: number;
  readonly before: Held;
  readonly after: Held;
  readonly exitMs: number;
  /** What keeps the process from ending, if it has not ended soon. */
  readonly lingering: readonly string[];
}

/**
 * A process that locks, waits, watches and reads, 16 at a time, while all its connections to the server are reset every
 * 400 ms. Nothing of that is left in the process, which ends by itself; what is left at the server is for the test to
 * see. Gives how many cycles it made.
 */
export async function soak(scheme: "etcd" | "zk", endpoint: Endpoint): Promise<number> {
  await using proxy = await startProxy(endpoint);
  const program = await bundle(new URL("programs/soaking.ts", import.meta.url), `soaking-${scheme}`);
  const breaking = setInterval(() => proxy.reset(), 400);
  const flags = ["--expose-gc", "--unhandled-rejections=strict"];
  const { code, output, stdout } = await run(
    process.execPath,
    [...flags, program, `${scheme}://${proxy.address}`, `${warmUpMs}`, `${soakMs}`],
    { limitMs: warmUpMs + soakMs + 60_000 },
  ).finally(() => clearInterval(breaking));
  expect(code, output).toBe(0);
  const { cycles, before, after, exitMs, lingering }: Outcome = JSON.parse(stdout);
  console.info(JSON.stringify({ scheme, cycles, connections: proxy.counts.connections, before, after, exitMs }));
  expect(proxy.counts.connections).toBeGreaterThan(20);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(heapMayGrowBytes);
  expect(after.sockets).toBeLessThanOrEqual(before.sockets + 1);
  expect(after.timers).toBeLessThanOrEqual(before.timers + 3);
  expect(exitMs, lingering.join()).toBeLessThan(1_000);
  return cycles;
}
