import { ClosedError, type Logger, onAbort, type Runtime } from "@coord/core/spi";
import { Attempt, type CallOptions } from "./attempt.ts";
import { type Asked, errorOf, type FailureKind, failureOf, RpcFailure } from "./failure.ts";
import { Lineage } from "./lineage.ts";
import { type Member, type Rpc, Silence } from "./rpc.ts";
import { type Credentials, Token } from "./token.ts";

export interface Ask<T> extends Asked {
  readonly send: (rpc: Rpc, options: CallOptions) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, over all endpoints. */
  readonly answerMs?: number | undefined;
}

/** What one attempt needs to know. */
type Exchange<T> = Pick<Ask<T>, "operation" | "send" | "signal">;

/** The failures that speak against an endpoint rather than against what was asked of it. */
const isAtFault: readonly FailureKind[] = ["elsewhere", "untrusted", "unknown"];

const defaultAnswerMs = 5_000;
const graceMs = 1_000;

interface UnderWay {
  readonly member: Member;
  readonly end: (error: unknown) => void;
}

/**
 * A client's way to the cluster. Calls stay with one endpoint as long as it answers, then go to the next; one that may have
 * happened is never sent twice unless repeating it changes nothing.
 */
export class Connection {
  readonly lineage: Lineage;
  readonly #runtime: Runtime;
  readonly #members: readonly Member[];
  readonly #token: Token;
  readonly #underWay = new Set<UnderWay>();
  readonly #onTrouble = new Set<() => void>();
  readonly #heardMs = new Map<Member, number>();
  #preferred: number;
  #closed = false;

  constructor(
    members: readonly Member[],
    credentials: Credentials | undefined,
    { runtime, logger }: { readonly runtime: Runtime; readonly logger: Logger },
  ) {
    this.#members = members;
    this.#runtime = runtime;
    this.#token = new Token(credentials);
    this.lineage = new Lineage(logger);
    this.#preferred = Math.floor(runtime.random() * members.length);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many endpoints there are to turn to. */
  get size(): number {
    return this.#members.length;
  }

  /** Where calls go now. */
  get member(): Member {
    const member = this.#members[this.#preferred];
    if (!member) throw new Error("there is an endpoint");
    return member;
  }

  /** Told each time that an endpoint has failed, after which calls may go to another one, and when it is closed. The result takes the listener away. */
  onTrouble(listener: () => void): () => void {
    this.#onTrouble.add(listener);
    return () => this.#onTrouble.delete(listener);
  }

  /** Calls, at one endpoint after another until one has answered or the time is over. */
  async call<T>(ask: Ask<T>): Promise<T> {
    const untilMs = this.#runtime.now() + (ask.answerMs ?? defaultAnswerMs);
    let reauthenticated = false;
    for (let tries = 1; ; tries += 1) {
      const { member } = this;
      const leftMs = untilMs - this.#runtime.now();
      const attemptMs = ask.repeatable ? leftMs / Math.max(1, this.size - tries + 1) : leftMs;
      try {
        return await this.attempt(member, ask, attemptMs);
      } catch (error) {
        if (!(error instanceof RpcFailure)) throw error;
        if (error.kind === "token" && !reauthenticated) {
          reauthenticated = true;
          continue;
        }
        if (!this.#worthAnotherTry(error, ask, tries) || this.#runtime.now() >= untilMs) {
          this.leave(member, error);
          throw errorOf(error, ask, member.endpoint);
        }
        this.leave(member, error);
      }
    }
  }

  /** One attempt at one endpoint. Rejects with an `RpcFailure`, the signal's reason, or `ClosedError`. */
  async attempt<T>(member: Member, ask: Exchange<T>, answerMs: number): Promise<T> {
    if (this.#closed) throw closedError(ask.operation);
    ask.signal?.throwIfAborted();
    if (this.#token.missing) await this.#authenticated(member, answerMs, ask.signal);
    const token = this.#token.value;
    try {
      return await this.#exchange(member, ask, token, answerMs);
    } catch (error) {
      // A server that was restored waits for the state that the token was made in, and doesn't answer until then.
      if (error instanceof RpcFailure && (error.kind === "token" || error instanceof Silence))
        this.#token.forget(token);
      throw error;
    }
  }

  /** A stream of one endpoint; nobody waits for what it says, so it has no time limit. */
  async open<S>(member: Member, open: (rpc: Rpc, options: CallOptions) => Promise<S>): Promise<S> {
    await this.#authenticated(member, defaultAnswerMs);
    return open(member.rpc, new Attempt(this.#token.value).options);
  }

  /**
   * After a failure of an endpoint the others are turned to. What a silent one was asked has a moment more, in case that all
   * were slow; then it is taken for lost.
   */
  leave(member: Member, { kind, message }: RpcFailure): void {
    if (this.#closed || member !== this.member || !isAtFault.includes(kind)) return;
    if (this.size > 1) {
      this.#preferred = (this.#preferred + 1) % this.size;
      const asked = [...this.#underWay].filter((underWay) => underWay.member === member);
      const giveUp = () => {
        for (const underWay of asked) {
          if (this.#underWay.has(underWay))
            underWay.end(new RpcFailure("unknown", `${member.endpoint} was given up: ${message}`));
        }
      };
      if (asked.length > 0) this.#runtime.timer(graceMs, giveUp, { keepAlive: false });
    }
    this.#tellTrouble();
  }

  /** When an endpoint last answered a call, on the monotonic clock. */
  heardMs(member: Member): number {
    return this.#heardMs.get(member) ?? Number.NEGATIVE_INFINITY;
  }

  /** The server refused the token that it knew before: the next call fetches another one. */
  forgetToken(): void {
    this.#token.forget(this.#token.value);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { end } of [...this.#underWay]) end(closedError());
    this.#tellTrouble();
    this.#onTrouble.clear();
    for (const member of this.#members) member.close();
  }

  #tellTrouble(): void {
    for (const listener of [...this.#onTrouble]) listener();
  }

  /** Each endpoint is tried once; where repeating changes nothing, a connection that just broke gives the call one try more. */
  #worthAnotherTry({ kind }: RpcFailure, { repeatable }: Asked, tries: number): boolean {
    if (kind === "elsewhere" || kind === "untrusted") return tries < this.size;
    return kind === "unknown" && repeatable && tries <= this.size;
  }

  async #authenticated(member: Member, answerMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.#token.missing) return;
    await this.#token.fetch(({ username: name, password }) =>
      this.#exchange(
        member,
        {
          operation: "authenticate",
          send: (rpc, options) => rpc.auth.authenticate({ name, password }, options),
        },
        undefined,
        answerMs,
      ),
    );
    signal?.throwIfAborted();
  }

  #exchange<T>(member: Member, { send, signal }: Exchange<T>, token: string | undefined, answerMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = new Attempt(token);
      const settle = (finish: () => void) => {
        timer.cancel();
        leaveSignal();
        this.#underWay.delete(underWay);
        finish();
      };
      const end = (error: unknown) =>
        settle(() => {
          reject(error);
          attempt.cancel();
        });
      const underWay = { member, end };
      this.#underWay.add(underWay);
      const timer = this.#runtime.timer(answerMs, () => end(new Silence(answerMs)));
      const leaveSignal = onAbort(signal, end);
      send(member.rpc, attempt.options).then(
        (answer) =>
          settle(() => {
            this.#heardMs.set(member, this.#runtime.now());
            resolve(answer);
          }),
        (error) => settle(() => reject(failureOf(error))),
      );
    });
  }
}

export const closedError = (operation = "this call"): ClosedError =>
  new ClosedError(`This client was closed, so ${operation} can't be done. Open a new one with connect().`, {
    operation,
  });
