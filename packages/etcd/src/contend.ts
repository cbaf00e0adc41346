import {
  CoordError,
  type Entry,
  type ErrorCode,
  type Key,
  type Place,
  type Rival,
  type StoreSession,
  type Ticket,
} from "@coord/core/spi";
import type { ICompare, IKeyValue, IRequestOp } from "etcd3";
import type { Batcher, Outcome } from "./batch.ts";
import { childrenOf, entryOf, rangeOf } from "./entries.ts";
import { keyBytes, rangeBelow } from "./keys.ts";
import { leaseOf } from "./lease.ts";

/**
 * `<line>/<lease in hex>-<kind>-<ticket>`, first by create revision: the layout of Go's `clientv3/concurrency`, `etcdctl lock`
 * and `elect`, in whose place for a suffix the kind and the ticket stand, for one session may stand in a line more than once.
 */
const contenderKey = (line: Key, { session, kind, id }: Ticket): Key => `${line}/${session.id}-${kind}-${id}`;

export const kindOf = (key: Key): string | undefined => /\/[0-9a-f]+-([A-Za-z_]+)-[^/]*$/.exec(key)?.[1];

/** Beside the line, where neither a name of ours nor another program's contender can be. */
const fenceKey = (line: Key, { session }: Ticket): string => `${line}%fence/${session.id}`;

/** What is not known for certain of a session's contenders. */
interface Doubts {
  /** Tickets whose last attempt may have made their place. */
  readonly tickets: Set<string>;
  /** The revision of each fence that was raised. */
  readonly fences: Map<string, string>;
}

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
  readonly #doubts = new WeakMap<StoreSession, Doubts>();

  constructor(batcher: Batcher) {
    this.#batcher = batcher;
  }

  async contend(line: Key, ticket: Ticket, signal?: AbortSignal): Promise<Place> {
    const doubts = this.#doubtsOf(ticket.session);
    if (doubts.tickets.has(ticket.id)) {
      const place = await this.#raiseFence(line, ticket, signal);
      doubts.tickets.delete(ticket.id);
      if (place) return place;
    }
    try {
      return await this.#stand(line, ticket, signal);
    } catch (error) {
      if (!CoordError.is(error, ...withoutEffect)) doubts.tickets.add(ticket.id);
      throw error;
    }
  }

  #doubtsOf(session: StoreSession): Doubts {
    const doubts = this.#doubts.get(session) ?? { tickets: new Set(), fences: new Map() };
    this.#doubts.set(session, doubts);
    return doubts;
  }

  async #stand(line: Key, ticket: Ticket, signal: AbortSignal | undefined): Promise<Place> {
    const key = contenderKey(line, ticket);
    const fence = fenceKey(line, ticket);
    const lease = leaseOf(ticket.session.id);
    const known = this.#doubtsOf(ticket.session).fences.get(fence) ?? "0";
    const outcome = await this.#batcher.submit({
      operation: "contend",
      key: line,
      repeatable: false,
      signal,
      footprint: { reads: [key, fence], lists: [line], writes: [key] },
      request: {
        compare: [isAbsent(key), { key: Buffer.from(fence), target: "Mod", result: "Equal", mod_revision: known }],
        success: [rivals(line), { request_put: { key: keyBytes(key), value: Buffer.from(ticket.value), lease } }],
        failure: [rivals(line), mine(key), { request_range: { key: Buffer.from(fence), keys_only: true } }],
      },
    });
    const revision = BigInt(outcome.header.revision);
    if (outcome.succeeded) return placeOf(line, madeBy(ticket, key, revision), outcome);
    const [found] = rangeOf(outcome.responses[1]);
    if (found) return placeOf(line, entryOf(key, found), outcome);
    this.#doubtsOf(ticket.session).fences.set(fence, rangeOf(outcome.responses[2])[0]?.mod_revision ?? "0"); // raised by a call whose answer was lost
    return this.#stand(line, ticket, signal);
  }

  async #raiseFence(line: Key, ticket: Ticket, signal: AbortSignal | undefined): Promise<Place | undefined> {
    const key = contenderKey(line, ticket);
    const fence = fenceKey(line, ticket);
    const put = { key: Buffer.from(fence), value: Buffer.alloc(0), lease: leaseOf(ticket.session.id) };
    const outcome = await this.#batcher.submit({
      operation: "contend",
      key: line,
      repeatable: true, // raising it twice voids no more than once
      signal,
      footprint: { reads: [key], lists: [line], writes: [fence] },
      request: { success: [rivals(line), mine(key), { request_put: put }] },
    });
    this.#doubtsOf(ticket.session).fences.set(fence, outcome.header.revision);
    const [found] = rangeOf(outcome.responses[1]);
    return found && placeOf(line, entryOf(key, found), outcome);
  }
}

const isAbsent = (key: Key): ICompare => ({
  key: keyBytes(key),
  target: "Create",
  result: "Equal",
  create_revision: "0",
});

const rivals = (line: Key): IRequestOp => ({ request_range: { ...rangeBelow(line), keys_only: true } });

const mine = (key: Key): IRequestOp => ({ request_range: { key: keyBytes(key) } });

const madeBy = ({ value, session }: Ticket, key: Key, revision: bigint): Entry => ({
  key,
  value: Buffer.from(value),
  version: `${revision}`,
  order: revision,
  session: session.id,
});

function placeOf(line: Key, entry: Entry, { header, responses }: Outcome): Place {
  const found = childrenOf(line, rangeOf(responses[0])).map(({ key, kv }) => contenderOf(key, kv));
  return { line, mine: entry, ahead: aheadOf(found, entry.order), revision: BigInt(header.revision) };
}

/** What a key tells of a contender. */
export interface Contender extends Rival {
  readonly order: bigint;
  readonly standsInLine: boolean;
}

/** Whoever is bound to a session stands in line; what a recipe wrote there for good does not. */
export const contenderOf = (
  key: Key,
  { create_revision, lease }: Pick<IKeyValue, "create_revision" | "lease">,
): Contender => ({
  key,
  kind: kindOf(key),
  order: BigInt(create_revision),
  standsInLine: lease !== "0",
});

export function aheadOf(contenders: Iterable<Contender>, order: bigint): Rival[] {
  return [...contenders]
    .filter((contender) => contender.standsInLine && contender.order < order)
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ key, kind }) => ({ key, kind }));
}
