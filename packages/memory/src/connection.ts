import {
  ClosedError,
  ConflictError,
  onAbort,
  type Runtime,
  SessionLostError,
  UnavailableError,
  UnknownOutcomeError,
} from "@coord/core/spi";
import { type Link, LinkError, type Road } from "./link.ts";
import type { Answer, Notice, Request, Verb, Verbs } from "./protocol.ts";

export interface CallOptions {
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer before the connection is given up. */
  readonly answerMs?: number;
}

const defaultAnswerMs = 5_000;

/** What may have happened or not when its answer is lost. Repeating any of the others changes nothing. */
const ambiguous: readonly Verb[] = ["commit", "contend"];

/**
 * A client's connection: requests and their answers, and the notices that the server sends. When an answer is overdue or
 * the link breaks, the connection is given up and the next request travels on a new one; then all that was under way is
 * over.
 */
export class Connection {
  readonly #link: Link;
  readonly #runtime: Runtime;
  /** What the store is called in errors. */
  readonly #name: string;
  readonly #underWay = new Set<() => void>();
  readonly #onDrop = new Set<() => void>();
  readonly #receivers = new Map<number, (notice: Notice) => void>();
  #number = 1;
  #road: Road;
  #subscriptions = 0;
  #closed = false;

  constructor(link: Link, runtime: Runtime, name: string) {
    this.#link = link;
    this.#runtime = runtime;
    this.#name = name;
    this.#road = this.#open();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Which of the client's connections this is, counted from 1. */
  get number(): number {
    return this.#number;
  }

  /** Told each time the connection was given up, and when it is closed. The result takes the listener away. */
  onDrop(listener: () => void): () => void {
    this.#onDrop.add(listener);
    return () => this.#onDrop.delete(listener);
  }

  call<V extends Verb>(verb: V, ask: Verbs[V]["ask"], options: CallOptions = {}): Promise<Verbs[V]["answer"]> {
    const { signal } = options;
    if (this.#closed) return Promise.reject(closedError(verb));
    if (signal?.aborted) return Promise.reject(signal.reason);
    const answer = this.#road.exchange({ verb, ask } as Request);
    if (answer instanceof Promise) return this.#await(verb, answer, options);
    return "ok" in answer ? Promise.resolve(answer.ok as Verbs[V]["answer"]) : Promise.reject(errorOf(answer, verb));
  }

  /** A name for a subscription, whose notices go to `receive` for as long as this connection lasts. */
  subscription(receive: (notice: Notice) => void): { readonly id: number; readonly leave: () => void } {
    this.#subscriptions += 1;
    const id = this.#subscriptions;
    this.#receivers.set(id, receive);
    return { id, leave: () => void this.#receivers.delete(id) };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop();
    this.#onDrop.clear();
  }

  #open(): Road {
    const number = this.#number;
    return this.#link.open((notice) => {
      if (number === this.#number && !this.#closed) this.#receivers.get(notice.subscription)?.(notice);
    });
  }

  #await<V extends Verb>(verb: V, answer: Promise<Answer>, options: CallOptions): Promise<Verbs[V]["answer"]> {
    const number = this.#number;
    return new Promise((resolve, reject) => {
      let leaveSignal = () => {};
      const settle = (finish: () => void) => {
        timer.cancel();
        leaveSignal();
        this.#underWay.delete(lose);
        finish();
      };
      const lose = () => settle(() => reject(this.#closed ? closedError(verb) : this.#lost(verb, options)));
      const timer = this.#runtime.timer(options.answerMs ?? defaultAnswerMs, () => this.#giveUp(number));
      this.#underWay.add(lose);
      answer.then(
        (answer) =>
          settle(() => ("ok" in answer ? resolve(answer.ok as Verbs[V]["answer"]) : reject(errorOf(answer, verb)))),
        (error) => {
          const certain = error instanceof LinkError && error.arrived === "no";
          settle(() => reject(certain ? this.#unavailable(verb, options, error) : this.#lost(verb, options, error)));
          this.#giveUp(number);
        },
      );
      leaveSignal = onAbort(options.signal, (reason) => settle(() => reject(reason))); // it may have come meanwhile
    });
  }

  #unavailable(verb: Verb, { key }: CallOptions, cause: LinkError): UnavailableError {
    const message = `The ${this.#name} store is out of reach (${cause.message}); ${verb}${where(key)} did not happen.`;
    return new UnavailableError(message, { operation: verb, key, cause });
  }

  #lost(verb: Verb, { key }: CallOptions, cause?: Error): UnavailableError | UnknownOutcomeError {
    const why = cause ? ` (${cause.message})` : "";
    const what = `The ${this.#name} store did not answer ${verb}${where(key)}${why}`;
    const details = { operation: verb, key, cause };
    if (!ambiguous.includes(verb)) return new UnavailableError(`${what}.`, details);
    return new UnknownOutcomeError(`${what}: it may have happened or not. Read before you repeat it.`, details);
  }

  /** Only the connection that failed: a newer one is not to blame. */
  #giveUp(number: number): void {
    if (number === this.#number && !this.#closed) this.#drop();
  }

  #drop(): void {
    this.#road.close();
    this.#number += 1;
    this.#receivers.clear();
    if (!this.#closed) this.#road = this.#open();
    for (const lose of [...this.#underWay]) lose();
    for (const listener of [...this.#onDrop]) listener();
  }
}

const where = (key: string | undefined) => (key === undefined ? "" : ` of ${JSON.stringify(key)}`);

const closedError = (verb: Verb) =>
  new ClosedError(`This client was closed, so ${verb} can't be done. Open a new one with connect().`, {
    operation: verb,
  });

function errorOf(answer: Exclude<Answer, { readonly ok: unknown }>, operation: Verb): Error {
  if ("unavailable" in answer) return new UnavailableError(answer.unavailable, { operation });
  if ("sessionLost" in answer) return new SessionLostError("expired", answer.sessionLost);
  const { key, expected, actual } = answer.conflict;
  return new ConflictError(key, expected, actual);
}
