// A worker process: a client of the store, which does its part of one step when it is asked to.
import { type Coord, connect } from "@coord/core";
import { Calls, type Functions } from "./calls.ts";
import type { ResourceCalls } from "./resource.ts";
import { steps } from "./steps/index.ts";
import type { WorkerBasics } from "./worker-process.ts";

const [title, name, url = "", ttlMs] = process.argv.slice(2);
const part = steps.find((step) => step.title === title);
const functions: Record<string, Functions[string]> = {};
const calls = new Calls(process, functions);
const ask = calls.asker<ResourceCalls>();
let coord: Coord | undefined;

Object.assign(functions, {
  async connect() {
    coord = await connect(url, { owner: name, session: { ttlMs: Number(ttlMs) } });
    const resource = {
      enter: (token: bigint) => ask("enter", token),
      leave: () => ask("leave"),
      write: (token: bigint) => ask("write", token),
    };
    Object.assign(functions, part?.inWorker({ coord, resource }));
    return coord.status().session?.ttlMs ?? Number(ttlMs);
  },
  async close() {
    process.off("disconnect", orphaned);
    await coord?.close();
    setImmediate(() => calls.close("closed")); // after this answer nothing keeps the process alive
  },
} satisfies WorkerBasics);

/** The parent is gone, and the resource with it. */
function orphaned(): void {
  process.exit(1);
}
process.on("disconnect", orphaned);
