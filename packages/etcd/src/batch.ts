import { CoordError, type Key, onAbort, parentOf } from "@coord/core/spi";
import { type Asked, isRefusal, leavesDoubt, RpcFailure } from "./failure.ts";
import type { Transactions } from "./transactions.ts";
import type { RequestOp, ResponseOp, TxnRequest, TxnResponse } from "./wire/txn.ts";

/** What a transaction reads and writes: the keys, and the directories whose children it reads. */
export interface Footprint {
  readonly reads?: readonly Key[];
  readonly lists?: readonly Key[];
  readonly writes?: readonly Key[];
}

/** Of one transaction. */
export type Outcome = TxnResponse;

export interface Transaction extends Asked {
  readonly request: TxnRequest;
  readonly footprint: Footprint;
  readonly signal?: AbortSignal | undefined;
  readonly answerMs?: number | undefined;
}

/** What etcd takes in one transaction: the operations of the outermost one and of the largest within it, together. */
const maxOperations = 128;
const maxBytes = 512 * 1024;

interface Member {
  readonly transaction: Transaction;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Independent transactions of one turn of the event loop travel as one, each within it with its own verdict: one request,
 * one entry in the log. etcd evaluates all conditions before it writes anything, so only those travel together of which none
 * reads what another one writes. A lone one is sent as it is, and none waits for more than the end of the turn.
 */
export class Batcher {
  readonly #transactions: Transactions;
  #waiting: Member[] = [];

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** @throws what `Connection.call` does; the signal's own reason at once, and then nothing is sent if nothing has been. */
  submit(transaction: Transaction): Promise<Outcome> {
    const { signal } = transaction;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const member = signal
        ? this.#cancellable(transaction, signal, resolve, reject)
        : { transaction, resolve, reject };
      this.#waiting.push(member);
      if (this.#waiting.length === 1) process.nextTick(() => this.#send()); // after all that is ready to run has run
    });
  }

  #cancellable(
    transaction: Transaction,
    signal: AbortSignal,
    resolve: Member["resolve"],
    reject: Member["reject"],
  ): Member {
    const leave = onAbort(signal, (reason) => {
      this.#waiting = this.#waiting.filter((other) => other !== member);
      reject(reason);
    });
    const member: Member = {
      transaction,
      resolve: (outcome) => {
        leave();
        resolve(outcome);
      },
      reject: (error) => {
        leave();
        reject(error);
      },
    };
    return member;
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 1) return this.#sendEach(waiting);
    for (const { members } of batchesOf(waiting)) {
      if (members.length === 1) this.#sendEach(members);
      else void this.#sendTogether(members);
    }
  }

  #sendEach(members: readonly Member[]): void {
    for (const { transaction, resolve, reject } of members) {
      this.#transactions.run(transaction).then(resolve, reject);
    }
  }

  async #sendTogether(members: readonly Member[]): Promise<void> {
    const [first] = members;
    if (!first) return;
    const { operation, key } = first.transaction;
    const repeatable = members.every(isRepeatable);
    try {
      const { header, responses } = await this.#transactions.run({
        operation,
        key,
        repeatable,
        doubtful: members.some(({ transaction }) => leavesDoubt(transaction)),
        request: { success: members.map(({ transaction: { request } }) => plain(request) ?? { request_txn: request }) },
      });
      members.forEach(({ transaction, resolve, reject }, index) => {
        const outcome = outcomeOf(transaction, header, responses[index]);
        if (outcome) resolve(outcome);
        else reject(new Error("etcd answered a part of a transaction only"));
      });
    } catch (error) {
      if (wasRefused(error)) return this.#sendEach(members); // for the sake of one of them
      const again = !repeatable && CoordError.is(error, "UNKNOWN_OUTCOME") ? members.filter(isRepeatable) : [];
      for (const member of members) {
        if (again.includes(member)) this.#sendAgain(member, error);
        else member.reject(error);
      }
    }
  }

  /** What may have been done by the first request stays in doubt, however certain it is that the second one did nothing. */
  #sendAgain({ transaction, resolve, reject }: Member, doubt: unknown): void {
    const isDoubtful = () => leavesDoubt(transaction) && !transaction.signal?.aborted;
    this.#transactions.run(transaction).then(resolve, (error) => reject(isDoubtful() ? doubt : error));
  }
}

/** An operation that is done in any case needs no transaction around it. */
const plain = ({ compare = [], success = [] }: TxnRequest): RequestOp | undefined =>
  compare.length === 0 && success.length === 1 ? success[0] : undefined;

function outcomeOf({ request }: Transaction, header: Outcome["header"], response?: ResponseOp): Outcome | undefined {
  if (response && plain(request)) return { header, succeeded: true, responses: [response] };
  const within = response?.response_txn;
  return within && { header, succeeded: within.succeeded, responses: within.responses };
}

const wasRefused = (error: unknown): boolean => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof RpcFailure && isRefusal(cause);
};

function batchesOf(members: readonly Member[]): readonly Batch[] {
  const batches: Batch[] = [];
  for (const member of members) {
    const open = batches.find((batch) => batch.takes(member));
    if (open) open.add(member);
    else batches.push(new Batch(member));
  }
  return batches;
}

/** Members of which none touches what another one writes. Reads don't travel with writes: they need no entry in the log. */
class Batch {
  readonly members: Member[] = [];
  readonly #isReading: boolean;
  readonly #read = new Set<Key>();
  readonly #listed = new Set<Key>();
  readonly #written = new Set<Key>();
  readonly #writtenBelow = new Set<Key>();
  #operations = 0;
  #bytes = 0;

  constructor(first: Member) {
    this.#isReading = isReading(first);
    this.add(first);
  }

  takes(member: Member): boolean {
    const { request } = member.transaction;
    return (
      isReading(member) === this.#isReading &&
      this.members.length + 1 + Math.max(this.#operations, operationsOf(request)) <= maxOperations &&
      this.#bytes + sizeOf(member.transaction) <= maxBytes &&
      this.#isApartFrom(member.transaction.footprint)
    );
  }

  add(member: Member): void {
    const { request, footprint } = member.transaction;
    this.members.push(member);
    this.#operations = Math.max(this.#operations, operationsOf(request));
    this.#bytes += sizeOf(member.transaction);
    for (const key of footprint.reads ?? []) this.#read.add(key);
    for (const key of footprint.lists ?? []) this.#listed.add(key);
    for (const key of footprint.writes ?? []) {
      this.#written.add(key);
      for (const above of ancestorsOf(key)) this.#writtenBelow.add(above);
    }
  }

  #isApartFrom({ reads = [], lists = [], writes = [] }: Footprint): boolean {
    return (
      !reads.some((key) => this.#written.has(key)) &&
      !lists.some((key) => this.#writtenBelow.has(key)) &&
      !writes.some(
        (key) =>
          this.#written.has(key) ||
          this.#read.has(key) ||
          (this.#listed.size > 0 && ancestorsOf(key).some((above) => this.#listed.has(above))),
      )
    );
  }
}

const isRepeatable = ({ transaction: { repeatable } }: Member): boolean => repeatable;

const isReading = ({ transaction: { footprint } }: Member): boolean => (footprint.writes ?? []).length === 0;

function ancestorsOf(key: Key): readonly Key[] {
  const above: Key[] = [];
  for (let directory = parentOf(key); directory !== ""; directory = parentOf(directory)) above.push(directory);
  above.push("");
  return above;
}

function operationsOf({ compare = [], success = [], failure = [] }: TxnRequest): number {
  const nested = [...success, ...failure].some(({ request_txn }) => request_txn) ? 1 : 0;
  return Math.max(compare.length, success.length, failure.length) + nested;
}

function sizeOf({ request: { success = [] } }: Transaction): number {
  return success.reduce((sum, { request_put, request_txn }) => {
    const put = request_put ?? request_txn?.success?.[0]?.request_put;
    return sum + (put?.value.length ?? 0) + 256;
  }, 0);
}
