import type { Entry, Scope, Snapshot } from "@coord/core/spi";
import type { Period, Send } from "./connection.ts";
import { unless } from "./errors.ts";
import type { Features } from "./features.ts";
import { childConcerned, childPath, insidePath, pathOf, rootPath } from "./nodes.ts";
import { byKey, childNames, type Found, find, ifThere } from "./reading.ts";
import type { View, ViewMaker } from "./sight.ts";
import { errorCode } from "./wire/codes.ts";
import { addRecursiveWatch, exists, removeWatches } from "./wire/requests.ts";

export type Seen = Omit<Snapshot, "stale" | "history">;

export function viewOf(scope: Scope, features: Features): ViewMaker<Seen> {
  if ("key" in scope) {
    const path = pathOf(scope.key);
    return (send, period, changed) => new KeyView(send, period, path, changed);
  }
  const directory = scope.under === "" ? rootPath : pathOf(scope.under);
  return (send, period, changed) => new DirectoryView(send, period, directory, features, changed);
}

/** So that the server doesn't go on telling what nobody here wants to hear. */
function unwatch(send: Send, { over, watches }: Period, path: string): void {
  if (over.happened || !watches.idle(path)) return;
  watches.lasting.delete(path);
  send(removeWatches(path)).catch(() => {});
}

/** One key. Each look arms the server's watch again, which tells once; so nothing falls between a look and the next. */
class KeyView implements View<Seen> {
  readonly #send: Send;
  readonly #period: Period;
  readonly #path: string;
  readonly #leaves: readonly (() => void)[];
  #armed = false;
  /** Whether the entry lies inside of a directory. */
  #inside = false;
  #version: string | undefined | null = null;

  constructor(send: Send, period: Period, path: string, changed: () => void) {
    this.#send = send;
    this.#period = period;
    this.#path = path;
    const told = () => {
      this.#armed = false;
      changed();
    };
    this.#leaves = [path, insidePath(path)].map((each) => period.watches.at(each, told));
  }

  async look(): Promise<Seen | undefined> {
    const first = this.#version === null;
    if (!first && this.#armed) return undefined;
    this.#armed = true;
    const [, { entry, zxid, path }] = await Promise.all([
      first ? this.#send.caughtUp() : undefined,
      find(this.#send, this.#path, () => !this.#period.watches.lasting.has(this.#path)),
    ]);
    this.#inside = path !== this.#path;
    if (!first && entry?.version === this.#version) return undefined;
    this.#version = entry?.version;
    return { entries: entry ? [entry] : [], revision: zxid };
  }

  leave(): void {
    for (const leave of this.#leaves) leave();
    if (this.#armed || this.#period.watches.lasting.has(this.#path)) unwatch(this.#send, this.#period, this.#path);
    if (this.#armed && this.#inside) unwatch(this.#send, this.#period, insidePath(this.#path));
  }
}

/** How often a directory that changes all the time is read on before it is shown as it is. */
const rounds = 20;

/**
 * The direct children of a directory. One watch tells of all of them, and only what it tells of is read again; where a
 * server has no such watches, each child is watched by itself, and the list of their names.
 */
class DirectoryView implements View<Seen> {
  readonly #send: Send;
  readonly #period: Period;
  readonly #directory: string;
  readonly #features: Features;
  readonly #changed: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #unread = new Set<string>();
  #namesUnread = true;
  #first = true;
  #revision = 0n;
  #leave = () => {};

  constructor(send: Send, period: Period, directory: string, features: Features, changed: () => void) {
    this.#send = send;
    this.#period = period;
    this.#directory = directory;
    this.#features = features;
    this.#changed = changed;
  }

  async look(): Promise<Seen | undefined> {
    const known = this.#revision;
    if (this.#first) await this.#begin();
    for (let round = 1; round <= rounds && (this.#namesUnread || this.#unread.size > 0); round += 1) await this.#read();
    const news = this.#first || this.#revision > known; // also what came and went unseen moves the revision on
    this.#first = false;
    if (this.#namesUnread || this.#unread.size > 0) this.#changed(); // it is shown as it is, and read on
    if (!news) return undefined;
    return { entries: [...this.#entries.values()].sort(byKey), revision: this.#revision };
  }

  leave(): void {
    this.#leave();
    if (this.#features.recursiveWatches) unwatch(this.#send, this.#period, this.#directory);
  }

  async #begin(): Promise<void> {
    this.#leave = this.#period.watches.below(this.#directory, ({ path }) => this.#told(path));
    await Promise.all([this.#send.caughtUp(), this.#features.recursiveWatches ? this.#watchBelow() : undefined]);
  }

  async #watchBelow(): Promise<void> {
    const { watches } = this.#period;
    watches.lasting.add(this.#directory);
    watches.tell({ kind: "children", path: this.#directory }); // it takes the place of what was watched there for once
    const added = await this.#send(addRecursiveWatch(this.#directory)).catch((error) => {
      watches.lasting.delete(this.#directory);
      watches.tell({ kind: "changed", path: this.#directory }); // whoever relied on it has to watch for itself
      return unless(errorCode.unimplemented)(error);
    });
    if (!added) this.#features.recursiveWatches = false;
  }

  #told(path: string): void {
    const child = childConcerned(this.#directory, path);
    if (child !== undefined) this.#unread.add(child);
    else if (path === this.#directory) this.#namesUnread = true;
    else return;
    this.#changed();
  }

  /** Reads what may have changed, in one round trip; what changes meanwhile is told before the answers come. */
  async #read(): Promise<void> {
    const unread = [...this.#unread];
    const readNames = this.#namesUnread;
    this.#unread.clear();
    this.#namesUnread = false;
    const [names, ...founds] = await Promise.all([
      readNames ? this.#readNames() : undefined,
      ...unread.map((name) =>
        // that it comes again is told with the names: a watch for each that has gone would stay at the server for ever
        find(this.#send, childPath(this.#directory, name), () => !this.#features.recursiveWatches, false),
      ),
    ]);
    for (const [index, found] of founds.entries()) this.#take(unread[index] ?? "", found);
    if (names) this.#takeNames(names);
  }

  async #readNames(): Promise<readonly string[]> {
    const oneByOne = !this.#features.recursiveWatches;
    while (true) {
      const names = await ifThere(this.#send(childNames(this.#directory, oneByOne)));
      this.#seenAt(names.zxid);
      if (names.value || !oneByOne) return names.value ?? [];
      if (!(await ifThere(this.#send(exists(this.#directory, true)))).value) return [];
    }
  }

  #takeNames(names: readonly string[]): void {
    const there = new Set(names);
    for (const name of [...this.#entries.keys()]) if (!there.has(name)) this.#entries.delete(name);
    for (const name of names) if (!this.#entries.has(name)) this.#unread.add(name);
  }

  #take(name: string, { entry, zxid }: Found): void {
    this.#seenAt(zxid);
    if (entry) this.#entries.set(name, entry);
    else this.#entries.delete(name);
  }

  #seenAt(zxid: bigint): void {
    if (zxid > this.#revision) this.#revision = zxid;
  }
}
