// Run as a process of its own, or a thread, by port.test.ts: a client of the memory store at the other end of its channel.
import { isMainThread, MessageChannel, workerData } from "node:worker_threads";
import { connect, MemoryServer, type Port, portLink, processPort, serve } from "@coord/memory";
import { lock } from "./lock.ts";

export interface Told {
  readonly told: "holds" | "closed" | "error";
  readonly token?: bigint;
  readonly error?: string;
}

const tell = (told: Told) => process.send?.(told);

/** Takes the lock and keeps it until it is killed or told to close; then nothing may keep it alive. */
async function holdUntilToldToClose(): Promise<void> {
  const coord = await connect({ link: portLink(processPort(process)) }, { session: { ttlMs: 400 }, owner: "child" });
  const closing = new Promise<void>((resolve) => {
    process.on("message", function listen(message) {
      if (message !== "close") return;
      process.off("message", listen);
      resolve();
    });
  });
  const hold = await lock(coord, "shared");
  tell({ told: "holds", token: hold.fencingToken });
  await closing;
  await coord.close();
  tell({ told: "closed" });
}

/** Takes and gives back a lock over this port, and closes; then nothing may keep it alive. */
async function lockOnce(port: Port): Promise<void> {
  const coord = await connect({ link: portLink(port) });
  await (await lock(coord, "shared")).release();
  await coord.close();
}

async function alone(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  serve(new MemoryServer(), port1);
  await lockOnce(port2);
}

try {
  if (!isMainThread) await lockOnce(workerData);
  else if (process.argv[2] === "alone") await alone();
  else await holdUntilToldToClose();
} catch (error) {
  tell({ told: "error", error: String(error) });
  process.disconnect?.();
}
