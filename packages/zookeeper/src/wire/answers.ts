export interface Answer<T> {
  /** The transaction that a write was, or the last one that a read has seen. */
  readonly zxid: bigint;
  readonly value: T;
}

/** The server's answer was an error: nothing was done. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly code: number;
  /** It is so at this transaction. */
  readonly zxid: bigint;

  constructor(code: number, zxid: bigint) {
    super(`ZooKeeper answered with the error ${code}`);
    this.code = code;
    this.zxid = zxid;
  }
}

/** The answer is longer than is taken; to a write there is none of such a length, so there it counts as lost. */
export class LongAnswerError extends Error {
  override readonly name = "LongAnswerError";
  readonly bytes: number;

  constructor(bytes: number) {
    super(`an answer of ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** The server would hang up on it, so it wasn't sent. */
export class LongRequestError extends Error {
  override readonly name = "LongRequestError";
  readonly bytes: number;

  constructor(bytes: number) {
    super(`a request of ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** There has been no connection for long; `cause` is what went wrong on the way to one. */
export class OutOfReachError extends Error {
  override readonly name = "OutOfReachError";

  constructor(cause: unknown) {
    super("no server can be reached", { cause });
  }
}

/** There was no answer. `sent` says whether the request may have arrived. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
  readonly sent: boolean;

  constructor(sent: boolean) {
    super(sent ? "the connection broke before the answer came" : "there is no connection");
    this.sent = sent;
  }
}

export const notSent = new UnansweredError(false);
