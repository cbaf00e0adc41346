import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Coord, CoordError, connect, type Write } from "@coord/core";
import { compare } from "@coord/mirror";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundlePrograms } from "../../scripts/bundled.mjs";
import { workshop } from "../structure/bundle.ts";
import { eventually } from "../testbed/eventually.ts";
import { bothThere, startBoth } from "./stores.ts";

const program = fileURLToPath(new URL("programs/mirroring.ts", import.meta.url));
const folder = join(workshop, "two-stores");
const keys = 5_000;
const directories = ["d"];

const bytes = (text: string) => new TextEncoder().encode(text);

async function client(url: string): Promise<Coord> {
  const coord = await connect(url);
  onTestFinished(() => coord.close());
  return coord;
}

/** A mirror in a process of its own, with the lines that it has told. */
function startMirror(from: string, to: string): { readonly child: ChildProcess; readonly lines: string[] } {
  const child = spawn(process.execPath, [join(folder, "mirroring.mjs"), from, to], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => lines.push(...text.trim().split("\n")));
  return { child, lines };
}

async function fill(coord: Coord): Promise<void> {
  for (let at = 0; at < keys; at += 100) {
    const writes = Array.from({ length: 100 }, (_, n) => ({ put: `d/k${at + n}`, value: bytes(`first ${at + n}`) }));
    await coord.store.commit({ writes });
  }
}

/** Writes, removes and makes anew, one after the other, until it is told to stop. Gives how many times. */
async function churn(coord: Coord, signal: AbortSignal): Promise<number> {
  const write = (each: Write) =>
    coord.store.commit({ writes: [each] }).catch((error) => {
      if (!CoordError.is(error, "UNKNOWN_OUTCOME", "CONFLICT")) throw error; // a busy machine: whatever it was, it is compared
    });
  let round = 0;
  for (; !signal.aborted; round += 1) {
    const key = `d/k${(round * 37) % keys}`;
    await write({ put: key, value: bytes(`round ${round}`) });
    if (round % 5 === 0) await write({ remove: key });
    if (round % 10 === 0) await write({ create: key, value: bytes("anew") });
  }
  return round;
}

describe.skipIf(!bothThere).each(["zk", "etcd"] as const)("a mirror of 5,000 keys from %s", (from) => {
  test("is killed in the middle, goes on, and is the same when the writers have stopped", async () => {
    const [both] = await Promise.all([startBoth(), bundlePrograms([program], folder)]);
    const [source, target] = from === "zk" ? [both.zk, both.etcd] : [both.etcd, both.zk];
    const [there, here] = await Promise.all([client(`${source}/m`), client(`${target}/m`)]);
    await fill(there);
    const first = startMirror(`${source}/m`, `${target}/m`);
    const isUnderWay = () => /^behind by [1-4]\d{3}$/.test(first.lines.at(-1) ?? "");
    await eventually("some to be there", isUnderWay, { within: 30_000 });
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const whenKilled = await compare(there, here, { directories });

    const stop = new AbortController();
    const churning = churn(there, stop.signal);
    const victim = await here.store.get("d/k0");
    const second = startMirror(`${source}/m`, `${target}/m`);
    const startMs = performance.now();
    const isHalfThere = async () => {
      const { missing } = await compare(there, here, { directories });
      if (missing.length > Math.max(200, whenKilled.missing.length / 2))
        throw new Error(`${missing.length} are missing, and it said: ${second.lines.at(-1) ?? "nothing"}`);
    };
    await eventually("it to go on while others write", isHalfThere, { within: 90_000 });
    const tookMs = performance.now() - startMs;
    await there.store.commit({ writes: [{ remove: "d/k0" }] });
    await there.store.commit({ writes: [{ put: "d/k0", value: bytes("made anew") }] });
    stop.abort();
    const rounds = await churning;
    const stoppedMs = performance.now();
    await eventually(
      "nothing to be different",
      async () => {
        const { same, extra } = await compare(there, here, { directories });
        return same && extra.length === 0;
      },
      { within: 60_000 },
    );
    const lagMs = performance.now() - stoppedMs;
    const anew = await here.store.get("d/k0");
    expect(anew?.order).toBeGreaterThan(victim?.order ?? 0n);
    expect(whenKilled.missing.length).toBeGreaterThan(0);
    console.log(
      `from ${from}: killed with ${whenKilled.missing.length} missing, half of them there after ${Math.round(tookMs)} ms, ${rounds} rounds of writes, alike ${Math.round(lagMs)} ms after the last`,
    );
    second.child.kill("SIGKILL");
  }, 240_000);
});
