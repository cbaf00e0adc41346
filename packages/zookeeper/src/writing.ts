import type { Send } from "./connection.ts";
import { unless } from "./errors.ts";
import { parentPath } from "./nodes.ts";
import { ifThere } from "./reading.ts";
import { type Answer, RefusedError } from "./wire/answers.ts";
import {
  type Acl,
  errorCode,
  getChildren,
  listsOf,
  type MultiResult,
  multi,
  type Op,
  type OpResult,
  single,
} from "./wire/requests.ts";

/** The names of a directory's children, or `undefined` where there is no such node. */
type Names = Answer<readonly string[] | undefined>;

/** Operations of which all are done or none, and a directory that is to be listed right behind them. */
interface Member {
  readonly ops: readonly Op[];
  readonly listed: string | undefined;
  readonly resolve: (answer: [Answer<MultiResult>, Names]) => void;
  readonly reject: (error: unknown) => void;
}

const nothingListed: Names = { zxid: 0n, value: undefined };

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
  /** Whether servers have lists that travel together: ZooKeeper 3.6 and later. */
  #listsTogether = true;

  constructor(send: Send) {
    this.#send = send;
  }

  async write(ops: readonly Op[]): Promise<Answer<MultiResult>> {
    const [answer] = await this.#submit(ops, undefined);
    return answer;
  }

  writeThenList(ops: readonly Op[], directory: string): Promise<[Answer<MultiResult>, Names]> {
    return this.#submit(ops, directory);
  }

  #submit(ops: readonly Op[], listed: string | undefined): Promise<[Answer<MultiResult>, Names]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) process.nextTick(() => this.#flush());
      this.#waiting.push({ ops, listed, resolve, reject });
    });
  }

  #flush(): void {
    for (const group of grouped(this.#waiting.splice(0))) void this.#sendGroup(group);
  }

  async #sendGroup(members: readonly Member[]): Promise<void> {
    if (members.length < 2) return this.#sendSingly(members);
    const all = this.#send(multi(members.flatMap(({ ops }) => ops)));
    const lists = this.#listAll(members);
    try {
      const [{ zxid, value }, listed] = await Promise.all([all, lists]);
      if ("failed" in value) return this.#sendSingly(members);
      settle(members, listed, { zxid, value: value.done });
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }

  #sendSingly(members: readonly Member[]): void {
    for (const { ops, listed, resolve, reject } of members) {
      Promise.all([this.#sendOps(ops), this.#list(listed)]).then(resolve, reject);
    }
  }

  async #list(directory: string | undefined): Promise<Names> {
    return directory === undefined ? nothingListed : ifThere(this.#send(getChildren(directory)));
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
    else resolve([{ zxid, value: { done } }, names]);
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
  ops.reduce((sum, op) => sum + op.path.length + 64 + (op.op === "create" ? bytesOfAcl(op.acl) : 0) + dataBytes(op), 0);

const dataBytes = (op: Op): number => ("data" in op ? (op.data?.byteLength ?? 0) : 0);

const bytesOfAcl = (acl: readonly Acl[]): number =>
  acl.reduce((sum, { scheme, id }) => sum + scheme.length + id.length + 12, 0);
