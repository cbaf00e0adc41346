// A worker process: four workers at each of the lines and one at each barrier, each with one attempt after the other until SIGTERM.
import { connect } from "@coord/core";
import { enough } from "./attempt.ts";
import { FencedWriter } from "./fenced-writer.ts";
import { Journal, nowMs } from "./journal.ts";
import { type BarrierName, meetings } from "./meetings.ts";
import { type LineName, rounds, type Worker } from "./rounds.ts";

export interface WorkerSettings {
  readonly client: string;
  readonly url: string;
  readonly ttlMs: number;
  readonly journal: string;
  readonly resourcePort: number;
  readonly workersAtEachLine: number;
}

const { client, url, ttlMs, ...settings }: WorkerSettings = JSON.parse(process.argv[2] ?? "");
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort(enough));

/** From one of these signals to the next it keeps what it has. */
let clinging = false;
process.on("SIGUSR2", () => {
  clinging = !clinging;
});

const journal = new Journal(settings.journal);
/** After the timers that were due: what the process learns by its clock it knows before it counts as going on. */
process.on("SIGCONT", () => setTimeout(() => journal.write({ at: nowMs(), client, kind: "continued" }), 1));

const writer = await FencedWriter.connect(client, settings.resourcePort);
const coord = await connect(url, { owner: client, session: { ttlMs }, waitMs: 30_000 });
const worker: Worker = {
  client,
  coord,
  journal,
  writer,
  signal: stop.signal,
  clings: () => clinging && !stop.signal.aborted,
};

async function atLine(line: LineName, index: number): Promise<void> {
  for (let count = 1; !stop.signal.aborted; count += 1) await rounds[line](worker, `${index}#${count}`);
}

async function atBarrier(name: BarrierName): Promise<void> {
  for (let count = 1; !stop.signal.aborted; count += 1) await meetings[name](worker, `0#${count}`);
}

await Promise.all([
  ...Object.keys(meetings).map((name) => atBarrier(name as BarrierName)),
  ...Object.keys(rounds).flatMap((line) =>
    Array.from({ length: settings.workersAtEachLine }, (_, index) => atLine(line as LineName, index)),
  ),
]);
await coord.close();
writer.close();
