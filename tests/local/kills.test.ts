// Processes are killed as they write, and the power fails at any moment: what was acknowledged is there, and whole.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Coord } from "@coord/core";
import { connect } from "@coord/local";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Process, program } from "./process.ts";

/** More by hand: COORD_LOCAL_KILLS=300. */
const kills = Number(process.env.COORD_LOCAL_KILLS ?? 15);
const writersAtOnce = 3;
const text = new TextDecoder();

interface Writer {
  readonly client: string;
  readonly acknowledged: string;
  readonly process: Process;
}

/** The last round that this writer knows to be kept; 0 before its first. */
function acknowledgedTo({ acknowledged }: Writer): number {
  if (!existsSync(acknowledged)) return 0;
  return Number(readFileSync(acknowledged, "utf8").split("\n").at(-2) ?? 0); // behind the last line feed is none
}

/** Which round of this writer a store shows, having found that it shows all of it and nothing else. */
async function shownRound(coord: Coord, client: string): Promise<number> {
  const [pair, rounds] = await Promise.all([coord.store.list(client), coord.store.list(`${client}/rounds`)]);
  const shown = pair.entries.map(({ value }) => Number.parseInt(text.decode(value), 10));
  if (shown.length === 0 && rounds.entries.length === 0) return 0;
  const [round = 0] = shown;
  expect(shown).toEqual([round, round]);
  expect(rounds.entries.map(({ key }) => key)).toEqual([`${client}/rounds/${round}`]);
  return round;
}

/** What a power failure leaves at this moment: of all files only the journal is to be relied on. */
async function afterPowerFailure(store: string, folder: string): Promise<Coord> {
  await mkdir(folder);
  copyFileSync(join(store, "kept.log"), join(folder, "kept.log"));
  return connect({ path: folder });
}

test(`${kills} processes are killed as they write: nothing is torn, and nothing acknowledged is lost, also if the power fails`, {
  timeout: 60_000 + kills * 2_000,
}, async () => {
  const temporary = await TemporaryFolder.create("coord-local");
  onTestFinished(() => temporary[Symbol.asyncDispose]());
  const store = join(temporary.path, "store");
  const file = await program("writer");
  const writers: Writer[] = [];
  const start = () => {
    const client = `writer-${writers.length}`;
    const acknowledged = join(temporary.path, client);
    const process = new Process(file, store, client, acknowledged);
    onTestFinished(() => process[Symbol.asyncDispose]());
    writers.push({ client, acknowledged, process });
  };
  const verify = async (coord: Coord, acknowledged: readonly number[]) => {
    const shown = await Promise.all(acknowledged.map((_, index) => shownRound(coord, `writer-${index}`)));
    expect(shown.filter((round, index) => round < (acknowledged[index] ?? 0))).toEqual([]);
  };

  for (let index = 0; index < writersAtOnce; index += 1) start();
  for (let killed = 0; killed < kills; killed += 1) {
    const victim = writers[killed];
    if (!victim) throw new Error("each victim has been started");
    await eventually("the writer to write", () => acknowledgedTo(victim) > 0);
    await pause(Math.random() * 30);
    await victim.process.end("SIGKILL");
    start();
    const acknowledged = writers.map(acknowledgedTo);
    await using revived = await afterPowerFailure(store, join(temporary.path, `revived-${killed}`));
    await verify(revived, acknowledged);
  }
  await Promise.all(writers.map(({ process }) => process.end("SIGKILL")));
  expect(writers.map(({ process }) => process.errors).join("")).toBe("");
  await using coord = await connect({ path: store });
  const acknowledged = writers.map(acknowledgedTo);
  await verify(coord, acknowledged);
  console.log(`${kills} kills, ${acknowledged.reduce((sum, each) => sum + each, 0)} acknowledged commits`);
});
