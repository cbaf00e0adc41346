import { ClosedError, onAbort, type Runtime } from "@coord/core/spi";
import { Attempt, type CallOptions } from "./attempt.ts";
import { failureOf, RpcFailure, Silence, TokenRefused } from "./failure.ts";
import type { Race } from "./hedged.ts";
import type { Member, Rpc } from "./rpc.ts";
import { type Credentials, Token } from "./token.ts";

/** What to ask of an endpoint. */
export interface Exchange<T> {
  /** In the words of the contract: `get`, `commit`. */
  readonly operation: string;
  readonly send: (rpc: Rpc, options: CallOptions) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
  readonly race?: Race | undefined;
}

interface UnderWay {
  readonly member: Member;
  readonly end: (error: unknown) => void;
}

/** How long it may take to get a token, whoever waits for it. */
const tokenMs = 5_000;

/** What a client asks of its endpoints, each time of one of them, with the token that is needed for it. */
export class Exchanges {
  readonly #runtime: Runtime;
  readonly #token: Token;
  readonly #underWay = new Set<UnderWay>();
  readonly #heardMs = new Map<Member, number>();
  #closed = false;

  constructor(runtime: Runtime, credentials: Credentials | undefined) {
    this.#runtime = runtime;
    this.#token = new Token(credentials);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Rejects with an `RpcFailure`, the signal's reason, or `ClosedError`. Without a time it ends with its race. */
  async attempt<T>(member: Member, ask: Exchange<T>, answerMs?: number): Promise<T> {
    if (this.#closed) throw closedError(ask.operation);
    const sinceMs = this.#runtime.now();
    if (this.#token.missing) await this.#authenticated(member, ask, answerMs);
    const { value: token, ordinal } = this.#token;
    const leftMs = answerMs === undefined ? undefined : answerMs - (this.#runtime.now() - sinceMs);
    try {
      return await this.#exchange(member, ask, token, leftMs);
    } catch (error) {
      const isRefused = error instanceof RpcFailure && error.kind === "token" && token !== undefined;
      // A server that was restored waits for the state that the token was made in, and doesn't answer until then.
      if (isRefused || error instanceof Silence) this.#token.forget(token);
      throw isRefused ? new TokenRefused(error.message, ordinal) : error;
    }
  }

  /** A stream; nobody waits for what it says, so it has no time limit. */
  async open<S>(member: Member, open: (rpc: Rpc, options: CallOptions) => Promise<S>): Promise<S> {
    await this.#authenticated(member, { operation: "stream" }, tokenMs);
    return open(member.rpc, new Attempt(this.#token.value).options);
  }

  /** The server refused the token that it knew before: the next call fetches another one. */
  forgetToken(): void {
    this.#token.forget(this.#token.value);
  }

  /** When an endpoint last answered, on the monotonic clock. */
  heardMs(member: Member): number {
    return this.#heardMs.get(member) ?? Number.NEGATIVE_INFINITY;
  }

  /** What an endpoint was asked and has not answered yet, in a function that ends what is left of it. */
  unanswered(member: Member): ((failure: RpcFailure) => void) | undefined {
    const asked = [...this.#underWay].filter((underWay) => underWay.member === member);
    if (asked.length === 0) return undefined;
    return (failure) => {
      for (const underWay of asked) if (this.#underWay.has(underWay)) underWay.end(failure);
    };
  }

  close(): void {
    this.#closed = true;
    for (const { end } of [...this.#underWay]) end(closedError());
  }

  /** Who waits for a token has sent nothing yet, and keeps to its own time and signal; the fetch is for all that wait. */
  async #authenticated(
    member: Member,
    waiting: Omit<Exchange<unknown>, "send">,
    answerMs: number | undefined,
  ): Promise<void> {
    if (!this.#token.missing) return;
    const fetching = this.#token.fetch(member, ({ username: name, password }) => {
      const send: Exchange<{ token: string }>["send"] = (rpc, options) =>
        rpc.auth.authenticate({ name, password }, options);
      return this.#exchange(member, { operation: "authenticate", send }, undefined, tokenMs);
    });
    fetching.catch(() => {}); // also when nobody waits for it any more
    try {
      await this.#exchange(member, { ...waiting, send: () => fetching }, undefined, answerMs);
    } catch (error) {
      if (!(error instanceof RpcFailure) || error.kind !== "unknown") throw error;
      throw new RpcFailure("elsewhere", `no token was had: ${error.message}`);
    }
  }

  #exchange<T>(
    member: Member,
    { send, signal, race }: Exchange<T>,
    token: string | undefined,
    answerMs: number | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      race?.throwIfOver();
      const attempt = new Attempt(token);
      const settle = (finish: () => void) => {
        timer?.cancel();
        leaveSignal();
        leaveRace?.();
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
      const timer =
        answerMs === undefined ? undefined : this.#runtime.timer(answerMs, () => end(new Silence(answerMs)));
      const leaveSignal = onAbort(signal, end);
      const leaveRace = race?.join(end);
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
