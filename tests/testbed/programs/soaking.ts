// Run by soak.ts: locks, waits, watches and reads through connections that break, and what of them is left in this process.
import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";

const [, , url = "", warmUpMs = "", soakMs = ""] = process.argv;
const coord = await connect(url, { session: { ttlMs: 5_000 } });
let cycles = 0;

async function cycle(lane: number): Promise<void> {
  const mutex = new Mutex(coord, `lane/${lane % 8}`); // two lanes share each lock
  const hold = await mutex.acquire({ requeue: true });
  if (cycles % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 150)); // long enough to watch its own entry
  for await (const { stale } of coord.store.watch({ under: `lane/${lane}` })) if (!stale) break;
  await coord.store.get(`key/${lane}`).catch(() => {});
  await hold.release();
  cycles += 1;
}

async function soak(forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs;
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    while (performance.now() < untilMs) await cycle(lane).catch((error) => console.error(error.code ?? error));
  });
  await Promise.all(lanes);
}

async function held() {
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // what lingers is over
  globalThis.gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return {
    heapBytes: process.memoryUsage().heapUsed,
    sockets: resources.TCPSocketWrap ?? 0,
    timers: resources.Timeout ?? 0,
  };
}

await soak(Number(warmUpMs));
const before = await held();
cycles = 0;
await soak(Number(soakMs));
const after = await held();
await coord.close();
const closedAtMs = performance.now();
let lingering: readonly string[] = [];
setTimeout(() => (lingering = process.getActiveResourcesInfo()), 400).unref();
process.on("exit", () => {
  console.log(JSON.stringify({ cycles, before, after, exitMs: performance.now() - closedAtMs, lingering }));
});
