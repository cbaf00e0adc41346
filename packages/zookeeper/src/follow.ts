import type { Blockers, Place, Rival, Standing } from "@coord/core/spi";
import type { Period, Send } from "./connection.ts";
import { rivalsAhead } from "./contenders.ts";
import { isRefused } from "./errors.ts";
import { nameOf, pathOf } from "./nodes.ts";
import { ifThere } from "./reading.ts";
import type { View } from "./sight.ts";
import type { Answer } from "./wire/answers.ts";
import { errorCode, exists, getChildren, getData, type NodeData, type Stat, type WatchEvent } from "./wire/requests.ts";

type Seen = Omit<Standing, "stale">;

/**
 * A place in line: its own node is watched and those of the ones in the way, and nobody else's. When one of them goes or is written
 * the line is listed again, unless it was alone ahead and went: then there is nobody left to ask for.
 */
export class PlaceView implements View<Seen> {
  readonly #send: Send;
  readonly #period: Period;
  readonly #place: Place;
  readonly #blockers: Blockers;
  readonly #changed: () => void;
  readonly #own: string;
  /** Nodes whose watch has not told anything yet, and how to stop listening. */
  readonly #armed = new Map<string, () => void>();
  #gone: string | undefined;
  /** What was written since the last look began. */
  #written = new Set<string>();
  #seen: Seen | undefined;

  constructor(send: Send, period: Period, place: Place, blockers: Blockers, changed: () => void) {
    this.#send = send;
    this.#period = period;
    this.#place = place;
    this.#blockers = blockers;
    this.#changed = changed;
    this.#own = pathOf(place.mine.key);
  }

  async look(): Promise<Seen | undefined> {
    const before = this.#seen;
    const written = this.#written;
    this.#written = new Set();
    const after = this.#aloneWithoutRival() ?? (await this.#lookAtLine());
    this.#seen = after;
    const inWay = this.#pathsInWay(after.ahead);
    const isSame =
      before?.present === after.present &&
      this.#pathsInWay(before.ahead).join() === inWay.join() &&
      !inWay.some((path) => written.has(path));
    return isSame ? undefined : after; // whoever is not in the way may come, go and be written without a word
  }

  /** The server tells in the order of what happened: whose own node was told nothing of is still there. */
  #aloneWithoutRival(): Seen | undefined {
    const [only, ...more] = this.#seen?.ahead ?? [];
    if (!this.#seen?.present || !only || more.length > 0) return undefined;
    if (pathOf(only.key) !== this.#gone || !this.#armed.has(this.#own)) return undefined;
    return { ...this.#seen, ahead: [] };
  }

  leave(): void {
    for (const leave of this.#armed.values()) leave();
  }

  async #lookAtLine(): Promise<Seen> {
    let ahead = (this.#seen ?? this.#place).ahead;
    while (true) {
      const seen = await this.#lookOnce(this.#pathsInWay(ahead));
      ahead = seen.ahead;
      if (!seen.present || this.#pathsInWay(ahead).every((path) => this.#armed.has(path))) return seen;
    }
  }

  /** Watches first and the list last, all in one round trip: whoever goes after it is told of. */
  async #lookOnce(inWay: readonly string[]): Promise<Seen> {
    const { line, mine } = this.#place;
    const unwatched = inWay.filter((path) => !this.#armed.has(path));
    const first = this.#seen === undefined;
    const before = [...(first ? [this.#send.caughtUp()] : []), ...unwatched.map((path) => this.#watch(path))];
    const [own, names] = await Promise.all([
      this.#watch(this.#own),
      ifThere(this.#send(getChildren(pathOf(line)))),
      ...before,
    ]);
    return {
      present: own.value?.czxid === mine.order,
      ahead: rivalsAhead(pathOf(line), names.value ?? [], nameOf(this.#own)),
      revision: names.zxid,
    };
  }

  #pathsInWay(ahead: readonly Rival[]): string[] {
    return this.#blockers(ahead).map(({ key }) => pathOf(key));
  }

  /** A node that isn't there is not watched: it never comes back. */
  async #watch(path: string): Promise<Answer<Stat | undefined>> {
    this.#listen(path);
    const { zxid, value } = await ifThere(this.#send(getData(path, true)).then(toStat)).catch((error) => {
      if (isRefused(error, errorCode.noAuth)) return ifThere(this.#send(exists(path, true)));
      throw error;
    });
    if (!value) this.#disarm(path);
    return { zxid, value };
  }

  #listen(path: string): void {
    if (this.#armed.has(path)) return;
    const leave = this.#period.watches.at(path, (event) => this.#told(event));
    this.#armed.set(path, leave);
  }

  #told({ kind, path }: WatchEvent): void {
    this.#disarm(path);
    if (kind === "deleted") this.#gone = path;
    if (kind === "changed") this.#written.add(path);
    this.#changed();
  }

  #disarm(path: string): void {
    this.#armed.get(path)?.();
    this.#armed.delete(path);
  }
}

const toStat = ({ zxid, value }: Answer<NodeData>): Answer<Stat> => ({ zxid, value: value.stat });
