import { MalformedError, Reader, Writer } from "./jute.ts";

/** What can be asked of a server: the number of the operation, its record, and how its answer is read. */
export interface Request<T> {
  readonly type: number;
  readonly body: Buffer;
  /** @param zxid of the answer: the transaction that a write was, or the last one that a read has seen */
  readonly read: (answer: Reader, zxid: bigint) => T;
}

/** ZooKeeper's operation codes (ZooDefs.OpCode). */
const opCode = {
  create: 1,
  remove: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  getChildren2: 12,
  check: 13,
  multi: 14,
  removeWatches: 18,
  createContainer: 19,
  multiRead: 22,
  addWatch: 106,
  closeSession: -11,
  error: -1,
} as const;

/** ZooKeeper's error codes that mean something here (KeeperException.Code). */
export const errorCode = {
  runtimeInconsistency: -2,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  sessionMoved: -118,
} as const;

/** What a container shows as the owner of its node. */
export const containerOwner = -(2n ** 63n);

/** What is known of a node beside its data. */
export interface Stat {
  /** The transaction that created it, and the one that changed its data last. */
  readonly czxid: bigint;
  readonly mzxid: bigint;
  /** How often its data was changed. Starts anew when the node does. */
  readonly version: number;
  /** How often a child was created or removed, and how many there are. */
  readonly childrenVersion: number;
  readonly children: number;
  /** The transaction that created or removed a child last. */
  readonly pzxid: bigint;
  /** How long its data is; 0 also where it has none. */
  readonly bytes: number;
  /** The session that it ends with; 0 for none, `containerOwner` for a container. */
  readonly owner: bigint;
}

export interface NodeData {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Who may do what with a node. `perms`: read 1, write 2, create 4, delete 8, admin 16. */
export interface Acl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

export const createMode = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
} as const;

export interface Create {
  readonly op: "create";
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly mode: number;
}

/** One write, alone or as a part of a `multi`. A version of -1 is any version. */
export type Op =
  | Create
  | { readonly op: "remove"; readonly path: string; readonly version: number }
  | { readonly op: "setData"; readonly path: string; readonly data: Uint8Array | null; readonly version: number }
  | { readonly op: "check"; readonly path: string; readonly version: number };

/** What an `Op` has left behind: the path that was created, the stat of what was set. */
export interface OpResult {
  readonly path?: string;
  readonly stat?: Stat;
}

/** All were done, or the one at `index` failed and none was. */
export type MultiResult =
  | { readonly done: readonly OpResult[] }
  | { readonly failed: { readonly index: number; readonly code: number } };

const watched = (type: number, path: string, watch: boolean) => ({
  type,
  body: new Writer().text(path).bool(watch).finish(),
});
const nothing = () => undefined;

/** Lets the server catch up with the leader before the reads that follow on the same connection. */
export const sync = (path: string): Request<undefined> => ({
  type: opCode.sync,
  body: new Writer().text(path).finish(),
  read: nothing,
});

export const getData = (path: string, watch = false): Request<NodeData> => ({
  ...watched(opCode.getData, path, watch),
  read: (answer) => ({ data: answer.bytes(), stat: readStat(answer) }),
});

export const exists = (path: string, watch = false): Request<Stat> => ({
  ...watched(opCode.exists, path, watch),
  read: readStat,
});

export const getChildren = (path: string, watch = false): Request<readonly string[]> => ({
  ...watched(opCode.getChildren, path, watch),
  read: (answer) => answer.list(4, () => answer.text()),
});

/** A node without its data, and the names of its children, at one moment. */
export const getDirectory = (path: string): Request<{ readonly names: readonly string[]; readonly stat: Stat }> => ({
  ...watched(opCode.getChildren2, path, false),
  read: (answer) => ({ names: answer.list(4, () => answer.text()), stat: readStat(answer) }),
});

/** The names of several nodes' children at once, or the error that stands in their place (server 3.6 or later). */
export function listsOf(paths: readonly string[]): Request<readonly (readonly string[] | number)[]> {
  const parts = paths.flatMap((path) => [
    multiHeader(opCode.getChildren),
    new Writer().text(path).bool(false).finish(),
  ]);
  return {
    type: opCode.multiRead,
    body: Buffer.concat([...parts, multiEnd]),
    read: (answer) => paths.map(() => readListed(answer)),
  };
}

function readListed(answer: Reader): readonly string[] | number {
  const type = readHeader(answer);
  if (type === opCode.getChildren) return answer.list(4, () => answer.text());
  if (type === opCode.error) return answer.int();
  throw new MalformedError(`the result of an operation ${type} in the place of a list`);
}

/** A directory that the server removes when it has been emptied. Its data is null. */
export const createContainer = (path: string, acl: readonly Acl[]): Request<undefined> => ({
  type: opCode.createContainer,
  body: createBody({ path, data: null, acl, mode: createMode.container }),
  read: nothing,
});

/** Tells each change of a node and of all below it, until it is removed or the connection ends (server 3.6 or later). */
export const addRecursiveWatch = (path: string): Request<undefined> => ({
  type: opCode.addWatch,
  body: new Writer().text(path).int(1).finish(),
  read: nothing,
});

export const removeWatches = (path: string): Request<undefined> => ({
  type: opCode.removeWatches,
  body: new Writer().text(path).int(3).finish(),
  read: nothing,
});

export const closeSession: Request<undefined> = { type: opCode.closeSession, body: Buffer.alloc(0), read: nothing };

/** One write, as a request of its own. */
export const single = (op: Op): Request<OpResult> => ({
  type: opCode[op.op],
  body: opBody(op),
  read: (answer) => readResult(op.op, answer),
});

export function multi(ops: readonly Op[]): Request<MultiResult> {
  const parts = ops.flatMap((op) => [multiHeader(opCode[op.op]), opBody(op)]);
  return { type: opCode.multi, body: Buffer.concat([...parts, multiEnd]), read: (answer) => readMulti(ops, answer) };
}

const multiHeader = (type: number): Buffer => new Writer().int(type).bool(false).int(-1).finish();
const multiEnd = new Writer().int(-1).bool(true).int(-1).finish();

const createBody = ({ path, data, acl, mode }: Omit<Create, "op">): Buffer => {
  const body = new Writer().text(path).bytes(data).int(acl.length);
  for (const { perms, scheme, id } of acl) body.int(perms).text(scheme).text(id);
  return body.int(mode).finish();
};

function opBody(op: Op): Buffer {
  if (op.op === "create") return createBody(op);
  if (op.op === "setData") return new Writer().text(op.path).bytes(op.data).int(op.version).finish();
  return new Writer().text(op.path).int(op.version).finish();
}

function readResult(op: Op["op"], answer: Reader): OpResult {
  if (op === "create") return { path: answer.text() };
  return op === "setData" ? { stat: readStat(answer) } : {};
}

/** Each result has a header that says which operation it is of; an error stands in the place of a result. */
function readMulti(ops: readonly Op[], answer: Reader): MultiResult {
  const done: OpResult[] = [];
  const failures: { readonly index: number; readonly code: number }[] = [];
  for (const [index, op] of ops.entries()) {
    const type = readHeader(answer);
    if (type === opCode.error) failures.push({ index, code: answer.int() });
    else if (type === opCode[op.op]) done.push(readResult(op.op, answer));
    else throw new MalformedError(`the result of an operation ${type} in the place of ${opCode[op.op]}`);
  }
  const failed = failures.find(({ code }) => code !== 0 && code !== errorCode.runtimeInconsistency) ?? failures[0];
  return failed ? { failed } : { done };
}

function readHeader(answer: Reader): number {
  const type = answer.int();
  answer.bool();
  answer.int();
  return type;
}

function readStat(answer: Reader): Stat {
  const czxid = answer.long();
  const mzxid = answer.long();
  answer.long(); // created at
  answer.long(); // changed at
  const version = answer.int();
  const childrenVersion = answer.int();
  answer.int(); // changes of its rights
  const owner = answer.long();
  const bytes = answer.int();
  const children = answer.int();
  const pzxid = answer.long();
  return { czxid, mzxid, version, childrenVersion, children, pzxid, bytes, owner };
}

/** What a server says unasked: a node that was watched has changed. */
export interface WatchEvent {
  readonly kind: "created" | "deleted" | "changed" | "children" | "removed";
  readonly path: string;
}

const eventKinds: Readonly<Record<number, WatchEvent["kind"]>> = {
  1: "created",
  2: "deleted",
  3: "changed",
  4: "children",
  5: "removed",
  6: "removed",
  7: "removed",
};

/** `undefined`: an event about the session, which tells nothing about nodes. */
export function readEvent(frame: Buffer, at: number): WatchEvent | undefined {
  const answer = new Reader(frame, at);
  const type = answer.int();
  answer.int(); // the state of the session, as the server sees it
  const path = answer.text();
  const kind = eventKinds[type];
  return kind && { kind, path };
}
