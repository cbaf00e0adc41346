import type { Contender } from "./contender.ts";
import { published, type TracedWork, tracedSpan } from "./diagnostics.ts";
import type { HoldLossReason, SessionLostError } from "./errors.ts";
import { lasting } from "./lasting.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { revise } from "./revise.ts";
import type { Bytes, Entry } from "./store.ts";

/** How a recipe words a loss. */
export type LossError = (reason: HoldLossReason, entry: Entry, cause: unknown) => Error;

/** What a recipe says of what it grants. */
export interface GrantRules {
  readonly name: string;
  readonly lossError: LossError;
  /** The span under which it is traced while it lasts. */
  readonly span: TracedWork;
  /** Being out of the store's reach is a loss already, at once. Default `false`. */
  readonly strict?: boolean | undefined;
}

/** A hold that lasts longer than this watches its own entry, to hear of it being removed by somebody else. */
const watchAfterMs = 100;

/**
 * What the store granted to one contender, shared by a hold and the holds nested in it: it is given back when the last
 * of them has released it, and lost for all of them at once.
 */
export class Grant {
  readonly name: string;
  readonly entry: Entry;
  readonly context: RecipeContext;
  readonly #contender: Contender;
  readonly #rules: GrantRules;
  /** Made when somebody asks for the signal: many holds are too short to need one. */
  #controller: AbortController | undefined;
  #loss: { readonly error: Error } | undefined;
  #over = false;
  readonly #endSpan: () => void;
  readonly #cleanups: (() => void)[] = [];
  #stopWatching: () => void;
  #shares = 0;
  #rewriting: Promise<unknown> | undefined;

  constructor(context: RecipeContext, contender: Contender, entry: Entry, rules: GrantRules) {
    const { name } = rules;
    this.context = context;
    this.name = name;
    this.entry = entry;
    this.#contender = contender;
    this.#rules = rules;
    this.#endSpan = tracedSpan(rules.span, { name, fencingToken: entry.order, owner: context.owner });
    const timer = context.runtime.timer(watchAfterMs, () => void this.#watchOwnEntry(), { keepAlive: false });
    this.#stopWatching = () => timer.cancel();
    this.#cleanups.push(
      contender.session.onLost((loss) => this.#sessionLost(loss)),
      context.onClosing(() => this.lose("closed")),
      context.holding({ name, fencingToken: entry.order }),
    );
    if (rules.strict) this.#loseWhenSuspended();
    if (this.#over) this.#cleanUp();
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.lossNow) this.#controller.abort(this.lossNow);
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return this.#over ? 0 : this.#contender.session.remainingMs;
  }

  /** The loss, if it is lost by now. The clock comes first: a process that slept finds out here, before any timer could tell. */
  get lossNow(): Error | undefined {
    const loss = this.#over ? undefined : this.#contender.session.loss;
    if (loss) this.#sessionLost(loss);
    return this.#loss?.error;
  }

  /** Whether it can't be relied on any more: lost, or given back. */
  get over(): boolean {
    return this.lossNow !== undefined || this.#over;
  }

  /** Runs `cleanup` when it is over. */
  onOver(cleanup: () => void): void {
    if (this.#over) cleanup();
    else this.#cleanups.push(cleanup);
  }

  /** Whether several holds share it. */
  get shared(): boolean {
    return this.#shares > 1;
  }

  share(): void {
    this.#shares += 1;
  }

  giveBack(): Promise<"released" | "lost"> {
    this.#shares -= 1;
    if (this.lossNow) {
      if (this.#shares <= 0 && this.#rules.strict) void this.#contender.leave(); // the session may live on
      return Promise.resolve("lost");
    }
    if (this.#shares > 0) return Promise.resolve("released");
    this.#end();
    return this.#contender.leave();
  }

  lose(reason: HoldLossReason, cause?: unknown): void {
    if (this.#over) return;
    this.#loss = { error: this.lossAs(reason, cause) };
    this.#end();
    published.lost({ name: this.name, fencingToken: this.entry.order, reason, owner: this.context.owner });
    this.#controller?.abort(this.#loss.error);
  }

  lossAs(reason: HoldLossReason, cause?: unknown): Error {
    return this.#rules.lossError(reason, this.entry, cause);
  }

  /** One after the other, and each until it is certain: an answer that is lost doesn't leave two states possible. */
  rewrite(value: Bytes): Promise<void> {
    const written = (this.#rewriting ?? Promise.resolve()).then(async () => {
      await revise(
        this.context,
        this.entry.key,
        (now) => {
          if (this.lossNow) throw this.lossNow;
          if (now?.order !== this.entry.order) throw this.#entryGone();
          return Buffer.compare(now.value, value) === 0 ? undefined : value;
        },
        { when: () => this.lossNow === undefined },
      ).catch((error) => {
        throw this.lossNow ?? error; // why it was given up tells more than the last attempt
      });
    });
    this.#rewriting = written.catch(() => {});
    return written;
  }

  #loseWhenSuspended(): void {
    const lose = () => this.lose("suspended");
    this.#cleanups.push(this.context.onState((now) => now === "suspended" && lose()));
    if (this.context.state() === "suspended") lose();
  }

  #sessionLost(loss: SessionLostError): void {
    this.lose(loss.reason === "expired" ? "session" : loss.reason, loss);
  }

  /** Whether it was removed alone or with the session is asked afterwards, for the sake of all else that hangs on it. */
  #entryGone(): Error {
    this.lose("deleted");
    this.#contender.session.renew().catch(() => {}); // out of reach: the heartbeats find out
    return this.lossNow ?? this.lossAs("deleted"); // given back meanwhile
  }

  #end(): void {
    this.#over = true;
    this.#stopWatching();
    this.#endSpan();
    this.#cleanUp();
  }

  #cleanUp(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  async #watchOwnEntry(): Promise<void> {
    const { store, logger } = this.context;
    const { key, order } = this.entry;
    const watching = new AbortController();
    const { signal } = watching;
    this.#stopWatching = () => watching.abort();
    const failed = (error: unknown) =>
      logger.warn({ error, key }, "the own entry can't be watched, and its removal would not show; trying again");
    try {
      for await (const { entries, stale } of lasting(this.context, () => store.watch({ key }, { signal }), {
        signal,
        failed,
      })) {
        if (!stale && entries[0]?.order !== order) return void this.#entryGone();
      }
    } catch (error) {
      failed(error);
    }
  }
}
