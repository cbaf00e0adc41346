import type { Send } from "./connection.ts";
import { parentPath } from "./nodes.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { type MultiResult, multi, type Op, type OpResult, single } from "./wire/requests.ts";

/** Operations of which all are done or none, and a read that is to be sent right behind them. */
interface Member {
  readonly ops: readonly Op[];
  readonly read: () => Promise<unknown>;
  readonly resolve: (answer: [Answer<MultiResult>, unknown]) => void;
  readonly reject: (error: unknown) => void;
}

/** What travels as one transaction takes no longer than what a server and its followers write in one go. */
const mostOps = 256;
const mostBytes = 256 * 1024;

/**
 * The writes of one turn of the event loop travel together, as one transaction: one request, one entry in the servers'
 * logs. It is all or nothing, so when one of them fails, nothing was done, and they are sent one by one. Nothing waits for
 * company: what is alone in its turn is sent as what it is.
 */
export class Writing {
  readonly #send: Send;
  #waiting: Member[] = [];

  constructor(send: Send) {
    this.#send = send;
  }

  async write(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    const [answer] = await this.writeThenRead(ops, async () => undefined);
    return answer;
  }

  writeThenRead<T>(ops: readonly Op[], read: () => Promise<T>): Promise<[Answer<MultiResult>, T]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) process.nextTick(() => this.#flush());
      this.#waiting.push({ ops, read, resolve: resolve as Member["resolve"], reject });
    });
  }

  #flush(): void {
    for (const group of grouped(this.#waiting.splice(0))) void this.#sendGroup(group);
  }

  async #sendGroup(members: readonly Member[]): Promise<void> {
    if (members.length < 2) return this.#sendSingly(members);
    const all = this.#send(multi(members.flatMap(({ ops }) => ops)));
    const reads = members.map(({ read }) => read());
    await Promise.allSettled([all, ...reads]);
    try {
      const { zxid, value } = await all;
      if ("failed" in value) return this.#sendSingly(members);
      settle(members, reads, { zxid, value: value.done });
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }

  #sendSingly(members: readonly Member[]): void {
    for (const { ops, read, resolve, reject } of members) {
      Promise.all([this.#sendOps(ops), read()]).then(resolve, reject);
    }
  }

  /** A lone operation travels as what it is, unless it can't; several as a `multi`. */
  async #sendOps(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    const [only, ...more] = ops;
    if (!only || more.length > 0 || only.op === "check") return this.#send(multi(ops));
    try {
      const { zxid, value } = await this.#send(single(only));
      return { zxid, value: { done: [value] } };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return { zxid: error.zxid, value: { failed: { index: 0, code: error.code } } };
    }
  }
}

/** Gives each its own part of what one transaction has done. */
function settle(
  members: readonly Member[],
  reads: readonly Promise<unknown>[],
  { zxid, value }: Answer<readonly OpResult[]>,
): void {
  let from = 0;
  for (const [index, { ops, resolve, reject }] of members.entries()) {
    const done = value.slice(from, from + ops.length);
    from += ops.length;
    Promise.resolve(reads[index]).then((read) => resolve([{ zxid, value: { done } }, read]), reject);
  }
}

/** Neighbours that may share a transaction, in the order in which they came. */
function grouped(members: readonly Member[]): Member[][] {
  const groups: Member[][] = [];
  let room = new Room();
  for (const member of members) {
    const last = groups.at(-1);
    if (last && room.takes(member.ops)) last.push(member);
    else {
      groups.push([member]);
      room = new Room();
    }
    room.add(member.ops);
  }
  return groups;
}

/**
 * What one transaction has room for. Nobody touches what another one touches; and what is created in one directory must
 * not be created together, since a transaction has one number, and the order of creation is told by it.
 */
class Room {
  readonly #touched = new Set<string>();
  #ops = 0;
  #bytes = 0;

  takes(ops: readonly Op[]): boolean {
    return (
      this.#ops + ops.length <= mostOps &&
      this.#bytes + bytesOf(ops) <= mostBytes &&
      !placesOf(ops).some((place) => this.#touched.has(place))
    );
  }

  add(ops: readonly Op[]): void {
    this.#ops += ops.length;
    this.#bytes += bytesOf(ops);
    for (const place of placesOf(ops)) this.#touched.add(place);
  }
}

const placesOf = (ops: readonly Op[]): string[] =>
  ops.flatMap(({ op, path }) => (op === "create" ? [path, `${parentPath(path)}/`] : [path]));

const bytesOf = (ops: readonly Op[]): number =>
  ops.reduce((sum, op) => sum + op.path.length + ("data" in op ? (op.data?.byteLength ?? 0) : 0) + 64, 0);
