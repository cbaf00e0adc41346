import type { Coord } from "@coord/core";
import type { Arena, RawClient } from "../arena.ts";
import { timed } from "../clock.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";
import { p50 } from "../series.ts";
import { type Figures, takeTurns } from "../turns.ts";

const many = 100;
const puts = 50;
const work = "W7 put until seen";

/** Another client's put, until every watcher of one client has seen it. */
export async function manyWatchers(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  await using writer = await arena.connectRaw();
  await using one = await Audience.gather(coord, writer, "watched-by-one", 1);
  await using all = await Audience.gather(coord, writer, "watched-by-many", many);
  const results = await takeTurns(
    { one: () => turn(arena, one), all: () => turn(arena, all) },
    { rounds: 25, warmUps: 5, withinMs: 15_000 },
  );
  return [
    {
      work,
      what: `by ${many} watchers of one client, p50`,
      unit: "µs",
      ours: results.of("all", "p50"),
      other: { name: "ours with 1 watcher", values: results.of("one", "p50") },
      goal: { atMost: 1.3 },
    },
    { work, what: `events a put, ${many} watchers`, unit: "", ours: results.of("all", "events"), goal: { atMost: 1 } },
  ];
}

async function turn(arena: Arena, audience: Audience): Promise<Figures> {
  const took: number[] = [];
  const { watchMessages } = await costOf(arena, async () => {
    for (let done = 0; done < puts; done += 1) took.push(await timed(() => audience.putAndSee()));
  });
  return { p50: p50(took), events: watchMessages / puts };
}

/** Watchers of one key through one client. */
class Audience implements AsyncDisposable {
  readonly #writer: RawClient;
  readonly #key: string;
  readonly #size: number;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>[];
  #puts = 0;
  #awaited = "";
  #seen = 0;
  #allSaw = () => {};

  private constructor(coord: Coord, writer: RawClient, key: string, size: number) {
    this.#writer = writer;
    this.#key = key;
    this.#size = size;
    this.#watching = Array.from({ length: size }, () => this.#watch(coord));
  }

  static async gather(coord: Coord, writer: RawClient, key: string, size: number): Promise<Audience> {
    const audience = new Audience(coord, writer, key, size);
    await audience.putAndSee();
    return audience;
  }

  async putAndSee(): Promise<void> {
    this.#puts += 1;
    this.#awaited = `${this.#puts}`;
    this.#seen = 0;
    const allSaw = new Promise<void>((resolve) => {
      this.#allSaw = resolve;
    });
    await this.#writer.put(this.#key, this.#awaited);
    await allSaw;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#watching);
  }

  async #watch(coord: Coord): Promise<void> {
    for await (const { entries } of coord.store.watch({ key: this.#key }, { signal: this.#over.signal })) {
      if (Buffer.from(entries[0]?.value ?? []).toString() !== this.#awaited) continue;
      this.#seen += 1;
      if (this.#seen === this.#size) this.#allSaw();
    }
  }
}
