// Run as a process of its own, to be killed: takes a lock over and over and writes down what it believes.
import { appendFileSync } from "node:fs";
import { encodeEvent, type HistoryEvent } from "@coord/conformance";
import { type Coord, type Hold, systemRuntime } from "@coord/core";
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";

const [, , path = "", client = "", ttlMs = "", history = ""] = process.argv;
const name = "passed";

/** The clock of the machine, which all processes share. */
const now = () => Number(process.hrtime.bigint()) / 1e6;
const record = (event: HistoryEvent) => appendFileSync(history, `${encodeEvent(event)}\n`);

let ending = false;
process.on("message", () => {
  ending = true;
});

/** Two entries that are written together, always alike: by whoever holds the lock, and nobody else. */
async function write(coord: Coord, token: bigint, guard: Hold["guard"]): Promise<void> {
  const value = new TextEncoder().encode(String(token));
  await coord.store.commit({
    guards: [guard],
    writes: [
      { put: "one", value },
      { put: "other", value },
    ],
  });
}

async function turn(coord: Coord, mutex: Mutex, round: number): Promise<void> {
  const attempt = `${client}-${round}`;
  record({ kind: "asked", at: now(), client, name, attempt });
  const hold = await mutex.acquire();
  const token = hold.fencingToken;
  hold.on("lost", () => record({ kind: "lost", at: now(), client, name, attempt, token }));
  record({ kind: "granted", at: now(), client, name, attempt, token });
  if (round % 5 === 0) await write(coord, token, hold.guard);
  else await new Promise((resolve) => void systemRuntime.timer(systemRuntime.random() * 4, () => resolve(undefined)));
  if (!hold.lost) record({ kind: "released", at: now(), client, name, attempt, token });
  await hold.release();
}

const coord = await connect({ path }, { session: { ttlMs: Number(ttlMs) }, owner: client });
const mutex = new Mutex(coord, name);
process.send?.({ told: "ready" });
for (let round = 0; round === 0 || !ending; round += 1) {
  try {
    await turn(coord, mutex, round);
  } catch (error) {
    record({ kind: "refused", at: now(), client, name, attempt: `${client}-${round}` });
    process.stderr.write(`${client}: ${String(error)}\n`);
  }
}
await coord.close();
process.disconnect?.();
