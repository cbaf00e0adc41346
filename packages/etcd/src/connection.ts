import type { Logger, Runtime } from "@coord/core/spi";
import type { CallOptions } from "./attempt.ts";
import { Doubt } from "./doubt.ts";
import { type Exchange, Exchanges } from "./exchanges.ts";
import { type Asked, errorOf, type FailureKind, leavesDoubt, RpcFailure, Silence, TokenRefused } from "./failure.ts";
import { type FirstAnswer, type Hedge, hedged } from "./hedged.ts";
import { Lineage } from "./lineage.ts";
import type { Member, Rpc } from "./rpc.ts";
import type { Credentials } from "./token.ts";

export interface Ask<T> extends Asked, Exchange<T> {
  /** How long to wait for the answer, over all endpoints. */
  readonly answerMs?: number | undefined;
}

/** Whom to ask, how patiently, and after which failures another one. */
interface Choice extends Pick<Hedge<Member, unknown>, "among" | "afterMs" | "withinMs"> {
  readonly goesOn: (failure: RpcFailure) => boolean;
}

/** The failures that speak against an endpoint rather than against what was asked of it. */
const isAtFault: readonly FailureKind[] = ["elsewhere", "untrusted", "unknown"];

const defaultAnswerMs = 5_000;
const silenceMs = 1_000;
const graceMs = 1_000;

/**
 * A client's way to the cluster. Calls stay with one endpoint as long as it answers, then go to another one; one that may have
 * happened is never sent twice unless repeating it changes nothing.
 */
export class Connection {
  readonly lineage: Lineage;
  readonly #runtime: Runtime;
  readonly #members: readonly Member[];
  readonly #exchanges: Exchanges;
  readonly #onTrouble = new Set<() => void>();
  #preferred: number;

  constructor(
    members: readonly Member[],
    credentials: Credentials | undefined,
    { runtime, logger }: { readonly runtime: Runtime; readonly logger: Logger },
  ) {
    this.#members = members;
    this.#runtime = runtime;
    this.#exchanges = new Exchanges(runtime, credentials);
    this.lineage = new Lineage(logger);
    this.#preferred = Math.floor(runtime.random() * members.length);
  }

  get closed(): boolean {
    return this.#exchanges.closed;
  }

  /** Where calls go now. */
  get member(): Member {
    const member = this.#members[this.#preferred];
    if (!member) throw new Error("there is an endpoint");
    return member;
  }

  /** All of them, from the one where calls go now, in the order in which they are turned to. */
  inTurn(from = this.member): readonly Member[] {
    const at = this.#members.indexOf(from);
    return [...this.#members.slice(at), ...this.#members.slice(0, at)];
  }

  /** Told each time that an endpoint has failed, after which calls may go to another one, and when it is closed. The result takes the listener away. */
  onTrouble(listener: () => void): () => void {
    this.#onTrouble.add(listener);
    return () => this.#onTrouble.delete(listener);
  }

  /** Calls: at one endpoint after another, until one has answered or the time is over. */
  call<T>(ask: Ask<T>): Promise<T> {
    return ask.repeatable ? this.#callAnywhere(ask) : this.#callInTurn(ask);
  }

  /**
   * By the first of those to be asked, and by another one as well when nobody has answered for a while: none is waited for
   * alone, and none is given up for being slow. It is left when it has failed, or is silent while another one answers.
   */
  async first<T>(ask: Exchange<T>, { goesOn, ...choice }: Choice): Promise<FirstAnswer<Member, T>> {
    try {
      const first = await hedged<Member, T>(this.#runtime, {
        ...choice,
        signal: ask.signal,
        ask: (member, race) => this.#exchanges.attempt(member, { operation: ask.operation, send: ask.send, race }),
        failed: (member, error) => {
          if (!(error instanceof RpcFailure)) return false;
          this.leave(member, error);
          return goesOn(error);
        },
      });
      for (const [member, sinceMs] of first.silent) this.#outdone(member, sinceMs, first.by);
      return first;
    } catch (error) {
      if (error instanceof Silence) this.forgetToken(); // as after one attempt
      throw error;
    }
  }

  /** A stream of one endpoint; nobody waits for what it says, so it has no time limit. */
  open<S>(member: Member, open: (rpc: Rpc, options: CallOptions) => Promise<S>): Promise<S> {
    return this.#exchanges.open(member, open);
  }

  /**
   * After a failure of an endpoint another one is turned to: the next, unless it is known which one answers. What a silent
   * one was asked has a moment more, in case that all were slow; then it is taken for lost.
   */
  leave(member: Member, failure: RpcFailure, to?: Member): void {
    if (this.closed || member !== this.member || !isAtFault.includes(failure.kind)) return;
    if (this.#members.length > 1) {
      this.#preferred = to ? this.#members.indexOf(to) : (this.#preferred + 1) % this.#members.length;
      this.#giveUp(member, failure);
    }
    this.#tellTrouble();
  }

  /** When an endpoint last answered a call, on the monotonic clock. */
  heardMs(member: Member): number {
    return this.#exchanges.heardMs(member);
  }

  /** The server refused the token that it knew before: the next call fetches another one. */
  forgetToken(): void {
    this.#exchanges.forgetToken();
  }

  close(): void {
    if (this.closed) return;
    this.#exchanges.close();
    this.#tellTrouble();
    this.#onTrouble.clear();
    for (const member of this.#members) member.close();
  }

  /** The next endpoint is asked only when it is certain that nothing has happened at the one before. */
  async #callInTurn<T>(ask: Ask<T>): Promise<T> {
    const untilMs = this.#runtime.now() + (ask.answerMs ?? defaultAnswerMs);
    const goesOn = onceMoreWithAnotherToken(({ kind }) => kind === "elsewhere" || kind === "untrusted");
    for (let triesLeft = this.#members.length; ; ) {
      const { member } = this;
      const askedMs = this.#runtime.now();
      try {
        return await this.#exchanges.attempt(member, ask, untilMs - askedMs);
      } catch (error) {
        if (!(error instanceof RpcFailure)) throw error;
        const isSlow = error instanceof Silence && this.heardMs(member) >= askedMs;
        if (!isSlow) this.leave(member, error);
        if (error.kind !== "token") triesLeft -= 1;
        if (!goesOn(error) || triesLeft === 0 || this.#runtime.now() >= untilMs)
          throw errorOf(error, ask, member.endpoint);
      }
    }
  }

  /** Where repeating changes nothing. A connection that just broke gives the call one try more. */
  async #callAnywhere<T>(ask: Ask<T>): Promise<T> {
    const { member } = this;
    const inTurn = this.inTurn();
    const withinMs = ask.answerMs ?? defaultAnswerMs;
    const afterMs = Math.min(silenceMs, withinMs / inTurn.length);
    const choice = { among: [...inTurn, member], afterMs, withinMs };
    const goesOn = onceMoreWithAnotherToken(({ kind }) => isAtFault.includes(kind));
    const doubt = leavesDoubt(ask) ? new Doubt() : undefined;
    try {
      return (await this.first(doubt ? { ...ask, send: doubt.about(ask.send) } : ask, { ...choice, goesOn })).answer;
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      throw errorOf(doubt?.of(error) ?? error, ask, member.endpoint);
    }
  }

  /** It was silent while another one answered: it is left, unless it has answered something else since then. */
  #outdone(member: Member, sinceMs: number, by: Member): void {
    if (this.heardMs(member) < sinceMs) this.leave(member, new Silence(this.#runtime.now() - sinceMs), by);
  }

  /** A connection over which nothing comes at all may be dead: it must not be the one that is turned to next. */
  #giveUp(member: Member, failure: RpcFailure): void {
    const end = this.#exchanges.unanswered(member);
    const isSilent = failure instanceof Silence;
    if (!end && !isSilent) return;
    const sinceMs = this.#runtime.now();
    const giveUp = () => {
      if (this.heardMs(member) >= sinceMs) return; // it was slow
      end?.(new RpcFailure("unknown", `${member.endpoint} was given up: ${failure.message}`));
      if (isSilent && !this.closed && member !== this.member) member.reconnect();
    };
    this.#runtime.timer(graceMs, giveUp, { keepAlive: false });
  }

  #tellTrouble(): void {
    for (const listener of [...this.#onTrouble]) listener();
  }
}

/** A refused token is fetched anew, once. Whoever was asked with the old one may refuse it later. */
function onceMoreWithAnotherToken(goesOn: (failure: RpcFailure) => boolean): (failure: RpcFailure) => boolean {
  let refused: number | undefined;
  return (failure) => {
    if (!(failure instanceof TokenRefused)) return goesOn(failure);
    refused ??= failure.ordinal;
    return failure.ordinal === refused;
  };
}
