import { type Answer, LongAnswerError, notSent, RefusedError, UnansweredError } from "./answers.ts";
import { errorCode, isWrite } from "./codes.ts";
import { readEvent, type WatchEvent } from "./events.ts";
import { isCut } from "./frames.ts";
import { MalformedError, Reader } from "./jute.ts";
import { type Packet, xid } from "./library.ts";
import type { Queue } from "./queue.ts";
import type { Request } from "./request.ts";

export interface Reply {
  readonly frame: Buffer;
  readonly zxid: bigint;
}

export interface RepliesListener {
  event(event: WatchEvent): void;
  /** How far the server is, as this frame says. */
  seen(zxid: bigint, frame: Buffer): void;
  /** The session has gone to another server, or its credentials were refused. */
  refused(why: "moved" | "auth"): void;
}

/** Where its transaction stands. */
const zxidAt = 8;

/** Where the body of a reply begins: behind the length of all, the number, the transaction and the error. */
const bodyAt = 20;

/**
 * What a write may be answered with, whatever else is taken: an answer that isn't taken leaves open what was done. In a request of the
 * longest that a server takes, 22 bytes at least ask for each 77 of the answer; so it is never more than this.
 */
const writtenBytes = 4 * 1_048_576;

/** Gives each frame from the server to whom it concerns: answers come in the order of the requests. */
export class Replies {
  readonly #pending: Queue<Packet>;
  readonly #listener: RepliesListener;

  constructor(pending: Queue<Packet>, listener: RepliesListener) {
    this.#pending = pending;
    this.#listener = listener;
  }

  /** The longest answer that is taken now: answers come in the order of the requests. */
  longest(maxReplyBytes: number): number {
    const { first } = this.#pending;
    return first && isWrite(first.request.header.type) ? Math.max(maxReplyBytes, writtenBytes) : maxReplyBytes;
  }

  /** @throws MalformedError where it can't be what the server was asked for */
  take(frame: Buffer): void {
    const header = new Reader(frame, 4);
    const [number, zxid, code] = [header.int(), header.long(), header.int()];
    if (number === xid.ping) return;
    if (number === xid.event) return this.#event(frame);
    if (number === xid.auth) return code === 0 ? undefined : this.#listener.refused("auth");
    const packet = this.#pending.first;
    if (packet?.request.header?.xid !== number)
      throw new MalformedError(`an answer to request ${number}, which nobody awaits`);
    this.#pending.shift();
    if (zxid > 0n) this.#listener.seen(zxid, frame);
    if (isCut(frame)) packet.callback(new LongAnswerError(frame.readInt32BE(0)));
    else if (code === 0) packet.callback(null, { frame, zxid } satisfies Reply);
    else packet.callback(new RefusedError(code, zxid));
    if (code === errorCode.sessionMoved) this.#listener.refused("moved");
  }

  #event(frame: Buffer): void {
    const event = readEvent(frame, bodyAt);
    if (event) this.#listener.event(event);
  }
}

export const copyZxid = (frame: Buffer, to: Buffer): void => void frame.copy(to, 0, zxidAt, zxidAt + 8);

/** What is told when the answer has come, or when there will be none. */
export const settling =
  <T>(request: Request<T>, resolve: (answer: Answer<T>) => void, reject: (error: unknown) => void) =>
  (error: unknown, reply?: Reply): void => {
    if (reply) return resolve(answerIn(reply, request, reject));
    const isLong = error instanceof LongAnswerError && !isWrite(request.type);
    const isAnswer = error instanceof RefusedError || isLong;
    reject(isAnswer || error === notSent ? error : new UnansweredError(true));
  };

/** An answer that can't be read was one nevertheless: what it says happened, nobody knows. */
function answerIn<T>({ frame, zxid }: Reply, request: Request<T>, reject: (error: unknown) => void): Answer<T> {
  try {
    return { zxid, value: request.read(new Reader(frame, bodyAt), zxid) };
  } catch (malformed) {
    reject(new UnansweredError(true));
    throw malformed;
  }
}
