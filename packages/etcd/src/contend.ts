import {
  CoordError,
  type Entry,
  type ErrorCode,
  type Key,
  type Place,
  parentOf,
  type Rival,
  type Ticket,
  UnavailableError,
  UnknownOutcomeError,
} from "@coord/core/spi";
import type { Batcher, Outcome } from "./batch.ts";
import { children, childrenOf, entryOf, rangeOf } from "./entries.ts";
import { rangeBelow } from "./keys.ts";
import { leaseOf } from "./lease.ts";
import { aheadOf, contenderOf, inOrder, type Line } from "./line.ts";
import { OwnPlaces } from "./own-places.ts";
import type { Reading } from "./view.ts";
import type { Views } from "./views.ts";
import type { Compare, RequestOp } from "./wire/txn.ts";

/**
 * `<line>/<lease in hex>-<kind>-<ticket>`, first by create revision: the layout of Go's `clientv3/concurrency`, `etcdctl lock`
 * and `elect`, in whose place for a suffix the kind and the ticket stand, for one session may stand in a line more than once.
 */
const contenderKey = (line: Key, { session, kind, id }: Ticket): Key => `${line}/${session.id}-${kind}-${id}`;

/** Whose place it is, if it is one. */
const sessionIn = (line: Key, key: Key): string => key.slice(line.length + 1).split("-", 1)[0] ?? "";

/** Beside the line, where neither a name of ours nor another program's contender can be. */
const fenceKey = (line: Key, { session }: Ticket): string => `${line}%fence/${session.id}`;

const withoutEffect: readonly ErrorCode[] = [
  "UNAVAILABLE",
  "SESSION_LOST",
  "AUTH",
  "USAGE",
  "VALUE_TOO_LARGE",
  "CLOSED",
];

/**
 * Stands in line. An attempt whose answer was lost may still be under way when the place it made is long removed, and would
 * bring it back. So each attempt holds only while the session's fence at this line is as it was when the attempt was made,
 * and before a ticket is shown again the fence is raised: from then on earlier attempts are void, and what they have done shows.
 */
export class Contention {
  readonly #batcher: Batcher;
  readonly #views: Views;
  readonly #own = new Map<string, Map<Key, OwnPlaces>>();

  constructor(batcher: Batcher, views: Views) {
    this.#batcher = batcher;
    this.#views = views;
  }

  async contend(line: Key, ticket: Ticket, signal?: AbortSignal): Promise<Place> {
    const own = this.#ownIn(line, ticket.session.id);
    const isRepeated = own.mayHave(ticket.id);
    const attempt = own.attempt(ticket.id);
    try {
      const found = isRepeated ? await this.#raiseFence(line, ticket, own, signal) : undefined;
      const place = found ?? (await this.#stand(line, ticket, own, attempt, signal));
      own.stands(place.mine.key);
      own.settle(ticket.id, attempt);
      return place;
    } catch (error) {
      if (!isRepeated && CoordError.is(error, ...withoutEffect)) own.settle(ticket.id, attempt);
      this.#forgetEmpty(line, ticket.session.id, own);
      throw error;
    }
  }

  /** Whether it is a place of this client's. Nobody else makes it, nor is it made again once it is removed: to remove it twice is to remove it. */
  isOwn(key: Key): boolean {
    const line = parentOf(key);
    return this.#own.get(sessionIn(line, key))?.get(line)?.has(key) ?? false;
  }

  /** It was removed for certain. */
  removed(key: Key): void {
    const line = parentOf(key);
    const session = sessionIn(line, key);
    const own = this.#own.get(session)?.get(line);
    own?.removed(key);
    this.#forgetEmpty(line, session, own);
  }

  /** The session is over, and with it all that it had. */
  ended(session: string): void {
    this.#own.delete(session);
  }

  #ownIn(line: Key, session: string): OwnPlaces {
    const lines = this.#own.get(session) ?? new Map<Key, OwnPlaces>();
    if (lines.size === 0) this.#own.set(session, lines);
    const own = lines.get(line) ?? new OwnPlaces();
    if (own.isEmpty) lines.set(line, own);
    return own;
  }

  #forgetEmpty(line: Key, session: string, own: OwnPlaces | undefined): void {
    if (own?.isEmpty) this.#own.get(session)?.delete(line);
  }

  async #stand(
    line: Key,
    ticket: Ticket,
    own: OwnPlaces,
    attempt: symbol,
    signal: AbortSignal | undefined,
  ): Promise<Place> {
    const key = contenderKey(line, ticket);
    const fence = fenceKey(line, ticket);
    const lease = leaseOf(ticket.session.id);
    const value = Buffer.from(ticket.value);
    const mirror = this.#views.freshLine(line); // it will tell who is ahead, without a read of the whole line
    const reads = mirror ? [] : own.isAlone(ticket.id) ? strangers(line, ticket) : [rivals(line)];
    const outcome = await this.#batcher.submit({
      operation: "contend",
      key: line,
      repeatable: false,
      signal,
      footprint: mirror
        ? { reads: [key, fence], writes: [key, line] } // no two of a line at once: the revision is their order
        : { reads: [key, fence], lists: [line], writes: [key] },
      request: {
        compare: [isAbsent(key), { key: fence, target: "Mod", result: "Equal", number: own.fence }],
        success: [...reads, { request_put: { key, value, lease } }],
      },
    });
    if (!outcome.succeeded) return this.#findOrStand(line, ticket, own, attempt, signal);
    const made = madeBy(ticket, key, value, BigInt(outcome.header.revision));
    if (mirror) return this.#placeIn(mirror, line, made);
    const sawAll = reads.length === 1 || own.isAlone(ticket.id); // its own were left out, and one who was asked for meanwhile may have come first
    return sawAll ? placeOf(line, made, outcome, reads.length) : this.#placeRead(line, made);
  }

  /** The place was made by an earlier attempt, or the fence was raised: for another ticket, or by a later attempt. */
  async #findOrStand(
    line: Key,
    ticket: Ticket,
    own: OwnPlaces,
    attempt: symbol,
    signal: AbortSignal | undefined,
  ): Promise<Place> {
    const key = contenderKey(line, ticket);
    const fence = fenceKey(line, ticket);
    const outcome = await this.#batcher.submit({
      operation: "contend",
      key: line,
      repeatable: true,
      signal,
      footprint: { reads: [key, fence], lists: [line] },
      request: { success: [rivals(line), mine(key), { request_range: { key: fence, keys_only: true } }] },
    });
    const [found] = rangeOf(outcome.responses[1]);
    if (found) return placeOf(line, entryOf(key, found), outcome);
    own.fence = rangeOf(outcome.responses[2])[0]?.mod_revision ?? "0";
    if (!own.isLatest(ticket.id, attempt)) {
      throw new UnavailableError("This attempt to stand in line came after a later one.", { key: line });
    }
    return this.#stand(line, ticket, own, attempt, signal);
  }

  /** Who is ahead of what was just made. */
  async #placeIn(mirror: Line, line: Key, made: Entry): Promise<Place> {
    if (await mirror.reaches(made.order)) {
      return { line, mine: made, ahead: mirror.ahead(made.order), revision: mirror.revision };
    }
    return this.#placeRead(line, made);
  }

  /** If it can't be read, the place stays in doubt: it is there for certain. */
  async #placeRead(line: Key, made: Entry): Promise<Place> {
    try {
      const { kvs, revision } = await children(this.#batcher, line, { keysOnly: true });
      return { line, mine: made, ahead: aheadIn(kvs, made.order), revision };
    } catch (cause) {
      throw new UnknownOutcomeError("It stands in line, but who is ahead could not be read. Ask again.", {
        operation: "store.contend",
        key: line,
        cause,
      });
    }
  }

  async #raiseFence(
    line: Key,
    ticket: Ticket,
    own: OwnPlaces,
    signal: AbortSignal | undefined,
  ): Promise<Place | undefined> {
    const key = contenderKey(line, ticket);
    const fence = fenceKey(line, ticket);
    const put = { key: fence, value: Buffer.alloc(0), lease: leaseOf(ticket.session.id) };
    const outcome = await this.#batcher.submit({
      operation: "contend",
      key: line,
      repeatable: true, // raising it twice voids no more than once
      signal,
      footprint: { reads: [key], lists: [line], writes: [fence] },
      request: { success: [rivals(line), mine(key), { request_put: put }] },
    });
    own.fence = outcome.header.revision;
    const [found] = rangeOf(outcome.responses[1]);
    return found && placeOf(line, entryOf(key, found), outcome);
  }
}

const isAbsent = (key: Key): Compare => ({ key, target: "Create", result: "Equal", number: "0" });

const rivals = (line: Key): RequestOp => ({ request_range: { ...rangeBelow(line), keys_only: true } });

/**
 * The same but for this session's own, who has none there. The server looks at each key of a range that ever was, until it is
 * compacted: a lock that one client takes again and again would cost more each time.
 */
function strangers(line: Key, { session }: Ticket): RequestOp[] {
  const { key, range_end } = rangeBelow(line);
  const own = `${line}/${session.id}`;
  return [
    { request_range: { key, range_end: `${own}-`, keys_only: true } },
    { request_range: { key: `${own}.`, range_end, keys_only: true } }, // "." comes right after "-"
  ];
}

const mine = (key: Key): RequestOp => ({ request_range: { key } });

const madeBy = ({ session }: Ticket, key: Key, value: Buffer, revision: bigint): Entry => ({
  key,
  value,
  version: `${revision}`,
  order: revision,
  session: session.id,
});

/** @param reads how many of the answers tell who stands there */
function placeOf(line: Key, entry: Entry, { header, responses }: Outcome, reads = 1): Place {
  const found = childrenOf(line, responses.slice(0, reads).flatMap(rangeOf));
  return { line, mine: entry, ahead: aheadIn(found, entry.order), revision: BigInt(header.revision) };
}

function aheadIn(found: Reading["kvs"], order: bigint): Rival[] {
  return aheadOf(inOrder(found.flatMap(({ key, kv }) => contenderOf(key, kv) ?? [])), order);
}
