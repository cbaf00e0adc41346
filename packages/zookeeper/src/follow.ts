import type { Blockers, Key, Place, Rival, Standing } from "@coord/core/spi";
import { whoIsAhead } from "./ahead.ts";
import type { Period, Send } from "./connection.ts";
import { isContender } from "./contenders.ts";
import { isRefused } from "./errors.ts";
import { groupsOf } from "./groups.ts";
import { pathOf } from "./nodes.ts";
import { ifThere } from "./reading.ts";
import type { View } from "./sight.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { WatchEvent } from "./wire/events.ts";
import type { NodeData, Stat } from "./wire/records.ts";
import { exists, getChildren, getData, watchSince } from "./wire/requests.ts";

type Seen = Omit<Standing, "stale">;

/** A transaction that will not be. */
const nothingSince = 2n ** 63n - 1n;

/** What is known of the line, as paths. */
interface Known extends Seen {
  readonly inWay: readonly string[];
  /** The one who is in the way when the only one has left that is so now. */
  readonly next: readonly string[];
}

/**
 * A place in line: its own node is watched and those of the ones in the way. Those ahead only ever become fewer, so as long as all who
 * were seen in the way are still there, or are known to have gone, nobody is asked who stands in the line. And where one is in the way,
 * the one before it is watched, too: when that has gone the line is listed, so that it is known already who is left when one's turn comes.
 * Of a node that it may not read a client is told nothing: where such a one matters, the line itself is watched.
 */
export class PlaceView implements View<Seen> {
  readonly #send: Send;
  readonly #period: Period;
  readonly #place: Place;
  readonly #blockers: Blockers;
  readonly #changed: () => void;
  readonly #own: string;
  readonly #line: string;
  /** Nodes whose watch has not told anything yet, and how to stop listening. */
  readonly #armed = new Map<string, () => void>();
  /** Nodes that may not be read. */
  readonly #silent = new Set<string>();
  /** What was written since the last look began. */
  #written = new Set<string>();
  #known: Known | undefined;
  #present = true;

  constructor(send: Send, period: Period, place: Place, blockers: Blockers, changed: () => void) {
    this.#send = send;
    this.#period = period;
    this.#place = place;
    this.#blockers = blockers;
    this.#changed = changed;
    this.#own = pathOf(place.mine.key);
    this.#line = pathOf(place.line);
  }

  look(): Seen | undefined | Promise<Seen | undefined> {
    const before = this.#known;
    const written = this.#written;
    this.#written = new Set();
    const told = before && this.#asTold(before);
    return told ? this.#news(before, told, written) : this.#lookAnew(before, written);
  }

  async #lookAnew(before: Known | undefined, written: ReadonlySet<string>): Promise<Seen | undefined> {
    const after = (before ? undefined : await this.#firstLook()) ?? (await this.#lookAtLine());
    return this.#news(before, after, written);
  }

  /** Whoever is not in the way may come, go and be written without a word. */
  #news(before: Known | undefined, after: Known, written: ReadonlySet<string>): Seen | undefined {
    this.#known = after;
    const { present, ahead, revision, inWay } = after;
    const isSame =
      before?.present === present && before.inWay.join() === inWay.join() && !inWay.some((path) => written.has(path));
    return isSame ? undefined : { present, ahead, revision };
  }

  leave(): void {
    for (const leave of this.#armed.values()) leave();
  }

  /** The server tells in the order of what happened: whose own node was told nothing of is still there. */
  #asTold(seen: Seen): Known | undefined {
    if (!seen.present || !this.#tells(this.#own)) return undefined;
    const known = this.#with(seen);
    return this.#isWatched(known) ? known : undefined;
  }

  /** Those who were in the way when it came to stand are so still, if they are there. Where it stood is seen at least as it was then. */
  async #firstLook(): Promise<Known | undefined> {
    const { mine, ahead, revision } = this.#place;
    const { inWay, next } = this.#with({ present: true, ahead, revision });
    const [, seen] = await Promise.all([
      this.#send.caughtUpWith(revision),
      this.#watch([this.#own, ...inWay, ...next], mine.order), // not written since: it is the very one
    ]);
    const wasOpposed = this.#blockers(ahead).length > 0; // else who is ahead may be of interest, and is asked for
    return wasOpposed ? this.#asTold({ present: true, ahead, revision: seen }) : undefined;
  }

  async #lookAtLine(): Promise<Known> {
    let known = await this.#list([]);
    while (!known || (known.present && !this.#isWatched(known))) {
      const unwatched = known ? [...known.inWay, ...known.next].filter((path) => !this.#armed.has(path)) : [];
      known = await this.#list(unwatched);
    }
    return known;
  }

  /** Watches first and the list last, all in one round trip: whoever goes after it is told of. `undefined`: the own node was written or removed meanwhile. */
  async #list(unwatched: readonly string[]): Promise<Known | undefined> {
    const [own, , names] = await Promise.all([
      this.#tells(this.#own) ? undefined : this.#lookAtOwn(),
      this.#watch(unwatched, nothingSince), // who is written all the time is watched as well
      ifThere(this.#send(getChildren(this.#line, this.#silent.size > 0 && this.#listenToLine()))),
    ]);
    if (!this.#tells(this.#own) && (!own || own.value)) return undefined;
    if (own) this.#present = own.value?.czxid === this.#place.mine.order;
    const ahead = await whoIsAhead(this.#send, this.#line, names.value ?? [], this.#place.mine);
    return this.#with({ present: this.#present, ahead, revision: names.zxid });
  }

  /** Without those that were told of as gone, be it after they were seen. Other programs may use a name again. */
  #with(seen: Seen): Known {
    const isGone = (key: Key) => isContender(key) && this.#period.watches.gone(pathOf(key));
    const ahead = seen.ahead.filter(({ key }) => !isGone(key));
    const inWay = this.#blockers(ahead);
    const [only, ...others] = inWay;
    const before = only && others.length === 0 ? ahead.filter(({ key }) => key !== only.key) : [];
    const next = this.#blockers(before);
    return { ...seen, ahead, inWay: inWay.map(toPath), next: next.length === 1 ? next.map(toPath) : [] };
  }

  #isWatched({ inWay, next }: Known): boolean {
    return inWay.every((path) => this.#tells(path)) && next.every((path) => this.#tells(path));
  }

  /** Whether it is told of when something becomes of it. */
  #tells(path: string): boolean {
    return this.#armed.has(path) && (!this.#silent.has(path) || this.#armed.has(this.#line));
  }

  /** In several requests where very many are in the way. Resolves with the last transaction that the server had seen. */
  async #watch(paths: readonly string[], since: bigint): Promise<bigint> {
    for (const path of paths) this.#listen(path);
    const answers = await Promise.all(groupsOf(paths).map((group) => this.#send(watchSince(since, group))));
    return answers.at(-1)?.zxid ?? 0n;
  }

  /** Whether it is there, and the very one that was made. A node that isn't is not watched: it never comes back. */
  async #lookAtOwn(): Promise<Answer<Stat | undefined>> {
    this.#listen(this.#own);
    const data = this.#send(getData(this.#own, true));
    const node = await ifThere(data.then(toStat, (error) => this.#lookAtUnreadable(error)));
    if (!node.value) this.#disarm(this.#own);
    return node;
  }

  /** Who may not read a node may know that it is there. */
  #lookAtUnreadable(error: unknown): Promise<Answer<Stat>> {
    if (!isRefused(error, errorCode.noAuth)) throw error;
    this.#silent.add(this.#own);
    return this.#send(exists(this.#own, true));
  }

  /** Not where it has a lasting watch, which is silent of the same nodes and doesn't bear another one beside it. */
  #listenToLine(): true {
    if (this.#period.watches.lasting.has(this.#line)) throw new RefusedError(errorCode.noAuth, this.#place.revision);
    this.#listen(this.#line);
    return true;
  }

  #listen(path: string): void {
    if (this.#armed.has(path)) return;
    const { watches, unreadable } = this.#period;
    const leave = watches.at(path, (event) => this.#told(event));
    const isOthers = path !== this.#own && path !== this.#line;
    const endAsking = isOthers ? unreadable.ask(path, () => this.#isSilent(path)) : nothing;
    this.#armed.set(path, () => {
      leave();
      endAsking();
    });
  }

  #isSilent(path: string): void {
    this.#silent.add(path);
    this.#changed();
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

const nothing = () => {};

const toPath = ({ key }: Rival): string => pathOf(key);

const toStat = ({ zxid, value }: Answer<NodeData>): Answer<Stat> => ({ zxid, value: value.stat });
