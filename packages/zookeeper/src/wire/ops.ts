import { errorCode, opCode } from "./codes.ts";
import { MalformedError, type Reader, type Writer } from "./jute.ts";
import { type Acl, createMode, readStat, type Stat } from "./records.ts";
import { type Request, request } from "./request.ts";

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

/** One write, as a request of its own. */
export const single = (op: Op): Request<OpResult> =>
  request(
    opCode[op.op],
    (out) => writeOp(out, op),
    (answer) => readResult(op.op, answer),
    bytesOf([op]),
  );

/** Several, of which all are done or none. */
export function multi(ops: readonly Op[]): Request<MultiResult> {
  const parts = (out: Writer) => {
    for (const op of ops) {
      writeHeader(out, opCode[op.op]);
      writeOp(out, op);
    }
    writeEnd(out);
  };
  return request(opCode.multi, parts, (answer) => readMulti(ops, answer), bytesOf(ops));
}

/** The names of several nodes' children at once, or the error that stands in their place (server 3.6 or later). */
export function listsOf(paths: readonly string[]): Request<readonly (readonly string[] | number)[]> {
  const parts = (out: Writer) => {
    for (const path of paths) {
      writeHeader(out, opCode.getChildren);
      out.text(path).bool(false);
    }
    writeEnd(out);
  };
  const bytes = paths.reduce((sum, path) => sum + path.length + 32, 0);
  return request(opCode.multiRead, parts, (answer) => paths.map(() => readListed(answer)), bytes);
}

/** A directory that the server removes when it has been emptied. Its data is null. */
export const createContainer = (path: string, acl: readonly Acl[]): Request<undefined> =>
  request(
    opCode.createContainer,
    (out) => writeOp(out, { op: "create", path, data: null, acl, mode: createMode.container }),
    () => undefined,
  );

/** About how many bytes they have on their way. */
export function bytesOf(ops: readonly Op[]): number {
  let bytes = 0;
  for (const op of ops) bytes += bytesOfOne(op);
  return bytes;
}

function bytesOfOne(op: Op): number {
  const head = op.path.length + 64;
  if (op.op === "setData") return head + (op.data?.byteLength ?? 0);
  if (op.op !== "create") return head;
  let acl = 0;
  for (const { scheme, id } of op.acl) acl += scheme.length + id.length + 12;
  return head + acl + (op.data?.byteLength ?? 0);
}

const writeHeader = (out: Writer, type: number): Writer => out.int(type).bool(false).int(-1);
const writeEnd = (out: Writer): Writer => out.int(-1).bool(true).int(-1);

function writeOp(out: Writer, op: Op): void {
  out.text(op.path);
  if (op.op !== "create") {
    if (op.op === "setData") out.bytes(op.data);
    out.int(op.version);
    return;
  }
  out.bytes(op.data).int(op.acl.length);
  for (const { perms, scheme, id } of op.acl) out.int(perms).text(scheme).text(id);
  out.int(op.mode);
}

const doneWithoutTrace: OpResult = {};

function readResult(op: Op["op"], answer: Reader): OpResult {
  if (op === "create") return { path: answer.text() };
  return op === "setData" ? { stat: readStat(answer) } : doneWithoutTrace;
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

function readListed(answer: Reader): readonly string[] | number {
  const type = readHeader(answer);
  if (type === opCode.getChildren) return answer.list(4, () => answer.text());
  if (type === opCode.error) return answer.int();
  throw new MalformedError(`the result of an operation ${type} in the place of a list`);
}

function readHeader(answer: Reader): number {
  const type = answer.int();
  answer.skip(5); // whether it is the end, and an error that stands here, too
  return type;
}
