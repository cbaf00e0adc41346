/**
 * Etcd's transactions as they travel (`TxnRequest` and `TxnResponse` of its rpc.proto). The package's way, by objects of its own with
 * a class for each number, took half of what all of it takes to send one.
 */
import type { IKeyValue, IResponseHeader } from "etcd3";
import { Reader, Writer } from "./protobuf.ts";

/** What the conditions say decides which operations are done. */
export interface TxnRequest {
  readonly compare?: readonly Compare[];
  readonly success?: readonly RequestOp[];
  readonly failure?: readonly RequestOp[];
}

/** A key may be one that is no text, where another program wrote it. */
type KeyBytes = string | Uint8Array;

export interface Compare {
  readonly key: KeyBytes;
  readonly result: keyof typeof results;
  readonly target: keyof typeof targets;
  /** Decimal: a version, or the revision of a creation or of a change. */
  readonly number: string;
}

/** One of them. */
export interface RequestOp {
  readonly request_range?: RangeRequest;
  readonly request_put?: PutRequest;
  readonly request_delete_range?: Keys;
  readonly request_txn?: TxnRequest;
}

/** One key, or those from it to before another one. */
export interface Keys {
  readonly key: KeyBytes;
  readonly range_end?: KeyBytes;
}

interface RangeRequest extends Keys {
  readonly limit?: number;
  readonly keys_only?: boolean;
  readonly count_only?: boolean;
}

interface PutRequest {
  readonly key: KeyBytes;
  readonly value: Uint8Array;
  readonly lease?: string;
  readonly prev_kv?: boolean;
  readonly ignore_lease?: boolean;
}

export interface TxnResponse extends TxnOutcome {
  readonly header: IResponseHeader;
}

export interface TxnOutcome {
  readonly succeeded: boolean;
  /** Of the operations that were done, in their order. */
  readonly responses: readonly ResponseOp[];
}

/** What is of interest of the one that it is. */
export interface ResponseOp {
  readonly response_range?: { readonly kvs: readonly KeyValue[] };
  readonly response_put?: { readonly prev_kv: KeyValue | undefined };
  readonly response_txn?: TxnOutcome;
}

export type KeyValue = Omit<IKeyValue, "version">;

const results = { Equal: 0, Greater: 1, Less: 2 };
/** With the field that the number is in. */
const targets = { Version: { target: 0, field: 4 }, Create: { target: 1, field: 5 }, Mod: { target: 2, field: 6 } };

export function encodeTxn(request: TxnRequest): Buffer {
  const out = new Writer();
  writeTxn(out, request);
  return out.finish();
}

function writeTxn(out: Writer, { compare, success, failure }: TxnRequest): void {
  writeEach(out, 3, failure, writeOp);
  writeEach(out, 2, success, writeOp);
  writeEach(out, 1, compare, writeCompare);
}

function writeEach<T>(
  out: Writer,
  field: number,
  items: readonly T[] = [],
  write: (out: Writer, item: T) => void,
): void {
  for (let index = items.length - 1; index >= 0; index -= 1) writeMessage(out, field, items[index] as T, write);
}

function writeMessage<T>(out: Writer, field: number, item: T, write: (out: Writer, item: T) => void): void {
  const end = out.length;
  write(out, item);
  out.message(field, end);
}

function writeCompare(out: Writer, { key, result, target: name, number }: Compare): void {
  const { target, field } = targets[name];
  out.int64(field, number);
  out.bytes(3, key);
  out.uint(2, target);
  out.uint(1, results[result]);
}

function writeOp(out: Writer, { request_range, request_put, request_delete_range, request_txn }: RequestOp): void {
  if (request_range) writeMessage(out, 1, request_range, writeRange);
  else if (request_put) writeMessage(out, 2, request_put, writePut);
  else if (request_delete_range) writeMessage(out, 3, request_delete_range, writeKeys);
  else if (request_txn) writeMessage(out, 4, request_txn, writeTxn);
}

function writeKeys(out: Writer, { key, range_end }: Keys): void {
  if (range_end !== undefined) out.bytes(2, range_end);
  out.bytes(1, key);
}

function writeRange(out: Writer, range: RangeRequest): void {
  if (range.count_only) out.bool(9, true);
  if (range.keys_only) out.bool(8, true);
  if (range.limit !== undefined) out.uint(3, range.limit);
  writeKeys(out, range);
}

function writePut(out: Writer, { key, value, lease, prev_kv, ignore_lease }: PutRequest): void {
  if (ignore_lease) out.bool(6, true);
  if (prev_kv) out.bool(4, true);
  if (lease !== undefined) out.int64(3, lease);
  out.bytes(2, value);
  out.bytes(1, key);
}

/** Throws where these bytes are none. */
export function decodeTxn(bytes: Buffer): TxnResponse {
  let header: IResponseHeader | undefined;
  const read = new Reader(bytes);
  const outcome = readOutcome(read, bytes.length, () => {
    header = readHeader(read, read.end());
  });
  if (!header) throw new Error("it has no header");
  return { header, ...outcome };
}

/** The headers within tell nothing that the outermost one doesn't. */
function readOutcome(read: Reader, end: number, onHeader = () => read.skip()): TxnOutcome {
  let succeeded = false;
  const responses: ResponseOp[] = [];
  while (read.next(end)) {
    if (read.field === 1) onHeader();
    else if (read.field === 2) succeeded = read.bool();
    else if (read.field === 3) responses.push(readOp(read, read.end()));
    else read.skip();
  }
  return { succeeded, responses };
}

function readHeader(read: Reader, end: number): IResponseHeader {
  const header = { cluster_id: "0", member_id: "0", revision: "0", raft_term: "0" };
  while (read.next(end)) {
    if (read.field === 1) header.cluster_id = read.uint64();
    else if (read.field === 2) header.member_id = read.uint64();
    else if (read.field === 3) header.revision = read.int64();
    else if (read.field === 4) header.raft_term = read.uint64();
    else read.skip();
  }
  return header;
}

function readOp(read: Reader, end: number): ResponseOp {
  let response: ResponseOp = {};
  while (read.next(end)) {
    if (read.field === 1) response = { response_range: { kvs: readKvs(read, read.end()) } };
    else if (read.field === 2) response = { response_put: { prev_kv: readKvs(read, read.end())[0] } };
    else if (read.field === 4) response = { response_txn: readOutcome(read, read.end()) };
    else read.skip();
  }
  return response;
}

/** In the answer to a put what was there before has the number that in the one to a range all that is there has. */
function readKvs(read: Reader, end: number): readonly KeyValue[] {
  let kvs = none;
  while (read.next(end)) {
    if (read.field !== 2) read.skip();
    else if (kvs === none) kvs = [readKv(read, read.end())];
    else kvs.push(readKv(read, read.end()));
  }
  return kvs;
}

const none: KeyValue[] = [];
const empty: Buffer = Buffer.alloc(0);

function readKv(read: Reader, end: number): KeyValue {
  const kv = { key: empty, value: empty, create_revision: "0", mod_revision: "0", lease: "0" };
  while (read.next(end)) {
    if (read.field === 1) kv.key = read.bytes();
    else if (read.field === 2) kv.create_revision = read.int64();
    else if (read.field === 3) kv.mod_revision = read.int64();
    else if (read.field === 5) kv.value = read.bytes();
    else if (read.field === 6) kv.lease = read.int64();
    else read.skip();
  }
  return kv;
}
