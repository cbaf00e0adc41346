import type { Blockers, Place, Rival, Standing } from "@coord/core/spi";
import type { Period, Send } from "./connection.ts";
import { rivalsAhead } from "./contenders.ts";
import { isRefused } from "./errors.ts";
import { nameOf, pathOf } from "./nodes.ts";
import { ifThere } from "./reading.ts";
import type { View } from "./sight.ts";
import type { Answer } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { WatchEvent } from "./wire/events.ts";
import type { NodeData, Stat } from "./wire/records.ts";
import { exists, getChildren, getData } from "./wire/requests.ts";

type Seen = Omit<Standing, "stale">;

/**
 * A place in line: its own node is watched and those of the ones in the way, and nobody else's. Those ahead only ever become
 * fewer, so as long as all who were seen in the way are still there, or are known to have gone, nobody is asked who stands in the line.
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
  /** What was written since the last look began. */
  #written = new Set<string>();
  #seen: Seen | undefined;
  #present = false;

  constructor(send: Send, period: Period, place: Place, blockers: Blockers, changed: () => void) {
    this.#send = send;
    this.#period = period;
    this.#place = place;
    this.#blockers = blockers;
    this.#changed = changed;
    this.#own = pathOf(place.mine.key);
  }

  look(): Seen | undefined | Promise<Seen | undefined> {
    const before = this.#seen;
    const written = this.#written;
    this.#written = new Set();
    const told = before && this.#asTold(before);
    return told ? this.#news(before, told, written) : this.#lookAnew(before, written);
  }

  async #lookAnew(before: Seen | undefined, written: ReadonlySet<string>): Promise<Seen | undefined> {
    const after = (before ? undefined : await this.#firstLook()) ?? (await this.#lookAtLine());
    return this.#news(before, after, written);
  }

  /** Whoever is not in the way may come, go and be written without a word. */
  #news(before: Seen | undefined, after: Seen, written: ReadonlySet<string>): Seen | undefined {
    this.#seen = after;
    const inWay = this.#pathsInWay(after.ahead);
    const isSame =
      before?.present === after.present &&
      this.#pathsInWay(before.ahead).join() === inWay.join() &&
      !inWay.some((path) => written.has(path));
    return isSame ? undefined : after;
  }

  leave(): void {
    for (const leave of this.#armed.values()) leave();
  }

  /** The server tells in the order of what happened: whose own node was told nothing of is still there. */
  #asTold(seen: Seen): Seen | undefined {
    if (!seen.present || !this.#armed.has(this.#own)) return undefined;
    const ahead = seen.ahead.filter(({ key }) => !this.#period.watches.gone(pathOf(key)));
    return this.#isWatched(ahead) ? { ...seen, ahead } : undefined;
  }

  /** Those who were in the way when it came to stand are so still, if they are there. Where it stood is seen at least as it was then. */
  async #firstLook(): Promise<Seen | undefined> {
    const { mine, ahead } = this.#place;
    const inWay = this.#pathsInWay(ahead);
    const [, own] = await Promise.all([
      this.#send.caughtUpWith(this.#place.revision),
      this.#watch(this.#own),
      ...inWay.map((path) => this.#watch(path)),
    ]);
    this.#present = own.value?.czxid === mine.order;
    const isKnown = !this.#present || (inWay.length > 0 && this.#isWatched(ahead));
    return isKnown ? { present: this.#present, ahead, revision: own.zxid } : undefined;
  }

  async #lookAtLine(): Promise<Seen> {
    let unwatched: readonly string[] = [];
    while (true) {
      const seen = await this.#list(unwatched);
      if (seen && (!seen.present || this.#isWatched(seen.ahead))) return seen;
      if (seen) unwatched = this.#pathsInWay(seen.ahead).filter((path) => !this.#armed.has(path));
    }
  }

  /** Watches first and the list last, all in one round trip: whoever goes after it is told of. `undefined`: the own node was written meanwhile. */
  async #list(unwatched: readonly string[]): Promise<Seen | undefined> {
    const { line, mine } = this.#place;
    const [own, , names] = await Promise.all([
      this.#armed.has(this.#own) ? undefined : this.#watch(this.#own),
      Promise.all(unwatched.map((path) => this.#watch(path))),
      ifThere(this.#send(getChildren(pathOf(line)))),
    ]);
    if (!own && !this.#armed.has(this.#own)) return undefined;
    if (own) this.#present = own.value?.czxid === mine.order;
    return {
      present: this.#present,
      ahead: rivalsAhead(pathOf(line), names.value ?? [], nameOf(this.#own)),
      revision: names.zxid,
    };
  }

  #isWatched(ahead: readonly Rival[]): boolean {
    return this.#pathsInWay(ahead).every((path) => this.#armed.has(path));
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
    if (kind === "changed") this.#written.add(path);
    this.#changed();
  }

  #disarm(path: string): void {
    this.#armed.get(path)?.();
    this.#armed.delete(path);
  }
}

const toStat = ({ zxid, value }: Answer<NodeData>): Answer<Stat> => ({ zxid, value: value.stat });
