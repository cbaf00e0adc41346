import { Bundle } from "./bundle.ts";
import type { Send } from "./connection.ts";
import { isNextAfter } from "./contenders.ts";
import type { Listed, Lists } from "./lists.ts";
import { nameOf, parentPath } from "./nodes.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { type Create, type MultiResult, multi, type Op, type OpResult, single } from "./wire/ops.ts";

/** Operations of which all are done or none, and the line that one stands in by them. */
interface Member {
  readonly ops: readonly Op[];
  readonly line: Line | undefined;
  readonly resolve: (made: Answer<MultiResult>, names: Listed) => void;
  readonly reject: (error: unknown) => void;
}

export interface Line {
  readonly directory: string;
  /** Whether nobody stands before this one, and nobody will as long as it is there. */
  readonly isFirst: (path: string) => boolean;
}

export interface Stood {
  readonly made: Answer<MultiResult>;
  /** Of those who stand in the line; empty where nobody stands before the one who was made. */
  readonly names: Listed;
}

const nothingListed: Listed = { zxid: 0n, value: undefined };

/**
 * The writes of one turn of the event loop travel together, as one transaction: one request, one entry in the servers'
 * logs. It is all or nothing, so when one of them fails, nothing was done, and they are sent one by one. Nothing waits for
 * company: what is alone in its turn is sent as what it is.
 */
export class Writing {
  readonly #send: Send;
  readonly #lists: Lists;
  #waiting: Member[] = [];

  constructor(send: Send, lists: Lists) {
    this.#send = send;
    this.#lists = lists;
  }

  write(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    return new Promise((resolve, reject) => this.#submit({ ops, line: undefined, resolve, reject }));
  }

  /** Rejects for what became of the creation only: one who was made is told of, whatever becomes of the list. */
  stand(create: Create, line: Line): Promise<Stood> {
    return new Promise((resolve, reject) =>
      this.#submit({ ops: [create], line, resolve: (made, names) => resolve({ made, names }), reject }),
    );
  }

  #submit(member: Member): void {
    if (this.#waiting.length === 0) process.nextTick(() => this.#flush());
    this.#waiting.push(member);
  }

  #flush(): void {
    const members = this.#waiting;
    this.#waiting = [];
    const [first] = members;
    if (first && members.length === 1) return this.#sendAlone(first);
    for (const bundle of bundled(members)) {
      if (bundle.length < 2) for (const member of bundle) this.#sendAlone(member);
      else void this.#sendTogether(bundle);
    }
  }

  async #sendTogether(members: readonly Member[]): Promise<void> {
    const all = this.#send(multi(members.flatMap(({ ops }) => ops)));
    const leaving = firstsLeaving(members);
    const directories = toBeListed(members, leaving);
    const lists = directories.length > 0 ? this.#lists.ofAll(directories) : undefined;
    try {
      const { zxid, value } = await all;
      if ("done" in value) return this.#settle(members, leaving, lists && (await lists), { zxid, value: value.done });
      for (const member of members) this.#sendAlone(member);
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }

  #sendAlone({ ops, line, resolve, reject }: Member): void {
    const made = this.#sendOps(ops);
    const names = line ? this.#lists.of(line.directory) : nothingListed;
    made.then(async (answer) => resolve(answer, await names), reject);
  }

  /** A lone operation travels as what it is, unless it can't; several as a `multi`. */
  #sendOps(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    const [only] = ops;
    if (!only || ops.length > 1 || only.op === "check") return this.#send(multi(ops));
    return this.#send(single(only)).then(
      ({ zxid, value }) => ({ zxid, value: { done: [value] } }),
      (error) => {
        if (!(error instanceof RefusedError)) throw error;
        return { zxid: error.zxid, value: { failed: { index: 0, code: error.code } } };
      },
    );
  }

  /** Gives each its own part of what one transaction has done. */
  #settle(
    members: readonly Member[],
    leaving: ReadonlyMap<string, string>,
    lists: ReadonlyMap<string, Listed> | undefined,
    { zxid, value }: Answer<readonly OpResult[]>,
  ): void {
    let from = 0;
    for (const { ops, line, resolve } of members) {
      const done = value.slice(from, from + ops.length);
      from += ops.length;
      const made = { zxid, value: { done } };
      const first = line && leaving.get(line.directory);
      if (line === undefined) resolve(made, nothingListed);
      else if (first === undefined) resolve(made, lists?.get(line.directory) ?? nothingListed);
      else if (isNextAfter(nameOf(first), nameOf(done[0]?.path ?? ""))) resolve(made, { zxid, value: [] });
      else void this.#lists.of(line.directory).then((names) => resolve(made, names));
    }
  }
}

/**
 * Those who leave and were the first of their line, by its directory. Who comes in the same transaction and has the next number
 * is the first then, without a list: the server numbers all that is made in a directory, so nobody came between the two; and it was the
 * same directory all the while, as one that isn't empty can't be removed.
 */
function firstsLeaving(members: readonly Member[]): ReadonlyMap<string, string> {
  const firsts = new Map<string, string>();
  const removed = members.flatMap(({ ops }) => ops.flatMap(({ op, path }) => (op === "remove" ? path : [])));
  if (removed.length === 0) return firsts;
  const lines = new Map(members.map(({ line }) => [line?.directory, line]));
  for (const path of removed) {
    const directory = parentPath(path);
    if (lines.get(directory)?.isFirst(path)) firsts.set(directory, path);
  }
  return firsts;
}

/** The lines of which no first one leaves. */
function toBeListed(members: readonly Member[], leaving: ReadonlyMap<string, string>): readonly string[] {
  const directories = new Set<string>();
  for (const { line } of members) if (line && !leaving.has(line.directory)) directories.add(line.directory);
  return [...directories];
}

/** Several are sent at once, so that the server works on one while its answer to another is read here. */
const mostOps = 32;

/** Neighbours that may share a transaction, in the order in which they came. */
function bundled(members: readonly Member[]): Member[][] {
  const bundles: Member[][] = [];
  let bundle = new Bundle(mostOps);
  for (const member of members) {
    const last = bundles.at(-1);
    if (last && bundle.takes(member.ops)) last.push(member);
    else {
      bundles.push([member]);
      bundle = new Bundle(mostOps);
      bundle.takes(member.ops);
    }
  }
  return bundles;
}
