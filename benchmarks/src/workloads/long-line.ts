import type { Coord } from "@coord/core";
import { Mutex } from "@coord/lock";
import { eventually } from "../../../tests/testbed/eventually.ts";
import type { Arena, RawClient } from "../arena.ts";
import { nowUs } from "../clock.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";
import { p50 } from "../series.ts";
import { type Figures, takeTurns } from "../turns.ts";

const long = 1_000;
const short = 10;
const name = "long-line";
const work = "W4 settled line";

/** Hand-overs in a line that nobody joins any more. */
export async function longLine(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  await using raw = await arena.connectRaw();
  const lines = async (waiters: number, times: number): Promise<Figures> => {
    const all: Handed[] = [];
    while (all.length < times) all.push(await line(arena, { coord, raw }, waiters));
    return figuresOf(all);
  };
  const results = await takeTurns(
    { long: () => lines(long, 1), short: () => lines(short, 10) },
    { rounds: 5, warmUps: 0, withinMs: 30_000 },
  );
  return [
    {
      work,
      what: `hand-over at ${long} waiters, p50`,
      unit: "µs",
      ours: results.of("long", "p50"),
      other: { name: `ours at ${short}`, values: results.of("short", "p50") },
      goal: { atMost: 1.5 },
    },
    {
      work,
      what: `requests beside release, ${long} waiters`,
      unit: "",
      ours: results.of("long", "requests"),
      goal: { atMost: arena.goals.handOverRequests },
    },
    { work, what: `lining up ${long}`, unit: "ms", ours: results.of("long", "liningUpMs") },
  ];
}

interface Clients {
  readonly coord: Coord;
  readonly raw: RawClient;
}

interface Handed {
  readonly took: readonly number[];
  readonly received: number;
  readonly liningUpMs: number;
}

function figuresOf(all: readonly Handed[]): Figures {
  const took = all.flatMap((each) => each.took);
  const received = all.reduce((sum, each) => sum + each.received, 0);
  return { p50: p50(took), requests: received / took.length - 1, liningUpMs: p50(all.map((each) => each.liningUpMs)) };
}

/** A line that is as long as it is said to be for nearly all of the time: after a tenth of it has passed the rest is sent home. */
async function line(arena: Arena, { coord, raw }: Clients, waiters: number): Promise<Handed> {
  const mutex = new Mutex(coord, name);
  const standing = (count: number) =>
    eventually(`${count} stand in line`, async () => (await raw.count(name)) === count, { within: 60_000 });
  const sentHome = new AbortController();
  let hold = await mutex.acquire();
  const startUs = nowUs();
  const waits = Array.from({ length: waiters }, () => mutex.acquire({ signal: sentHome.signal }));
  for (const wait of waits) wait.catch(() => {});
  await standing(1 + waiters);
  const liningUpMs = (nowUs() - startUs) / 1_000;
  const took: number[] = [];
  const { received } = await costOf(arena, async () => {
    for (const wait of waits.slice(0, Math.max(short, waiters / 10))) {
      const releasedAtUs = nowUs();
      const released = hold.release();
      hold = await wait;
      took.push(nowUs() - releasedAtUs);
      await released;
    }
  });
  sentHome.abort();
  await hold.release();
  await standing(0);
  return { took, received, liningUpMs };
}
