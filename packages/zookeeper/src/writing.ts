import { Bundle } from "./bundle.ts";
import type { Send } from "./connection.ts";
import { unless } from "./errors.ts";
import { ifThere } from "./reading.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import { listsOf, type MultiResult, multi, type Op, type OpResult, single } from "./wire/ops.ts";
import { getChildren } from "./wire/requests.ts";

/** The names of a directory's children, or `undefined` where there is no such node. */
type Names = Answer<readonly string[] | undefined>;

/** Operations of which all are done or none, and a directory that is to be listed right behind them. */
interface Member {
  readonly ops: readonly Op[];
  readonly listed: string | undefined;
  readonly resolve: (answer: Answer<MultiResult>, names: Names) => void;
  readonly reject: (error: unknown) => void;
}

const nothingListed: Names = { zxid: 0n, value: undefined };

/**
 * The writes of one turn of the event loop travel together, as one transaction: one request, one entry in the servers'
 * logs. It is all or nothing, so when one of them fails, nothing was done, and they are sent one by one. Nothing waits for
 * company: what is alone in its turn is sent as what it is.
 */
export class Writing {
  readonly #send: Send;
  #waiting: Member[] = [];
  /** Whether servers have lists that travel together: ZooKeeper 3.6 and later. */
  #listsTogether = true;

  constructor(send: Send) {
    this.#send = send;
  }

  write(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    return new Promise((resolve, reject) => this.#submit({ ops, listed: undefined, resolve, reject }));
  }

  writeThenList(ops: readonly Op[], listed: string): Promise<{ made: Answer<MultiResult>; names: Names }> {
    return new Promise((resolve, reject) =>
      this.#submit({ ops, listed, resolve: (made, names) => resolve({ made, names }), reject }),
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
    const lists = this.#listAll(members);
    try {
      const [{ zxid, value }, listed] = await Promise.all([all, lists]);
      if ("done" in value) return settle(members, listed, { zxid, value: value.done });
      for (const member of members) this.#sendAlone(member);
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }

  #sendAlone({ ops, listed, resolve, reject }: Member): void {
    const made = this.#sendOps(ops);
    if (listed === undefined) made.then((answer) => resolve(answer, nothingListed), reject);
    else Promise.all([made, this.#list(listed)]).then(([answer, names]) => resolve(answer, names), reject);
  }

  #list(directory: string): Promise<Names> {
    return ifThere(this.#send(getChildren(directory)));
  }

  /** By directory. */
  async #listAll(members: readonly Member[]): Promise<ReadonlyMap<string, Names | RefusedError>> {
    const directories = [...new Set(members.flatMap(({ listed }) => listed ?? []))];
    const singly = async () => {
      const all = directories.map(async (each) => [each, await this.#list(each).catch(refusal)] as const);
      return new Map(await Promise.all(all));
    };
    if (directories.length < 2 || !this.#listsTogether) return singly();
    const answer = await this.#send(listsOf(directories)).catch(unless(errorCode.unimplemented));
    if (!answer) {
      this.#listsTogether = false;
      return singly();
    }
    return new Map(directories.map((each, index) => [each, listed(answer, index)]));
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
}

/** Neighbours that may share a transaction, in the order in which they came. */
function bundled(members: readonly Member[]): Member[][] {
  const bundles: Member[][] = [];
  let bundle = new Bundle();
  for (const member of members) {
    const last = bundles.at(-1);
    if (last && bundle.takes(member.ops)) last.push(member);
    else {
      bundles.push([member]);
      bundle = new Bundle();
      bundle.takes(member.ops);
    }
  }
  return bundles;
}

function listed({ zxid, value }: Answer<readonly (readonly string[] | number)[]>, index: number): Names | RefusedError {
  const names = value[index] ?? [];
  if (typeof names !== "number") return { zxid, value: names };
  return names === errorCode.noNode ? { zxid, value: undefined } : new RefusedError(names, zxid);
}

/** For `catch`: an error of the server as a value. */
function refusal(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error;
  throw error;
}

/** Gives each its own part of what one transaction has done. */
function settle(
  members: readonly Member[],
  lists: ReadonlyMap<string, Names | RefusedError>,
  { zxid, value }: Answer<readonly OpResult[]>,
): void {
  let from = 0;
  for (const { ops, listed, resolve, reject } of members) {
    const done = value.slice(from, from + ops.length);
    from += ops.length;
    const names = listed === undefined ? nothingListed : (lists.get(listed) ?? nothingListed);
    if (names instanceof RefusedError) reject(names);
    else resolve({ zxid, value: { done } }, names);
  }
}
