import { type Reader, Writer } from "./jute.ts";

/** What can be asked of a server, encoded, and how its answer is read. It is sent once: its number is written into it then. */
export interface Request<T> {
  readonly type: number;
  /** With its length in front, and room for its number. */
  readonly frame: Buffer;
  /** @param zxid of the answer: the transaction that a write was, or the last one that a read has seen */
  readonly read: (answer: Reader, zxid: bigint) => T;
}

/** Where the number of a request stands: behind the length of all, before the type. */
export const numberAt = 4;

const usualBytes = 256;

/** @param bytes about how long it will be: so much needn't be copied as it grows */
export function request<T>(
  type: number,
  record: (out: Writer) => void,
  read: Request<T>["read"],
  bytes = usualBytes,
): Request<T> {
  const out = new Writer(bytes).int(0).int(0).int(type);
  record(out);
  return { type, frame: out.framed(), read };
}
