import { Contender, type LineRules } from "./contender.ts";
import { CoordError, TimeoutError } from "./errors.ts";
import { Grant, type GrantRules } from "./grant.ts";
import type { Hold } from "./hold.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { closedError } from "./session-keeper.ts";
import type { Entry } from "./store.ts";
import { type Wait, type WaitLimits, type WaitOptions, waiting } from "./wait.ts";

export interface EnterOptions extends WaitOptions {
  /** Stand in line again, with the time that is left, when the session is lost while waiting. Default `false`. */
  readonly requeue?: boolean | undefined;
}

/** A line to stand in, what it grants, and how its recipe names things. */
export interface Line<H extends Hold = Hold> extends LineRules, GrantRules {
  /** What running out of time throws; `cause` says what is wrong with the connection, if anything is. */
  readonly timeout: (cause: unknown) => Error;
  /** What has to be known before one can stand in line. */
  readonly prepare?: ((wait: Wait) => Promise<void>) | undefined;
  readonly hold: (grant: Grant) => H;
}

/** Stands in line and waits for the own turn. However it ends, nothing is left behind but the hold that was given out. */
export function enter<H extends Hold>(context: RecipeContext, line: Line<H>, options: EnterOptions = {}): Promise<H> {
  const { signal, waitMs = Number.POSITIVE_INFINITY, requeue = false } = options;
  const timeout = () => line.timeout(context.trouble());
  const entered = (waitMs: number) =>
    attended(context, { signal, waitMs, timeout }, (wait) => takeTurn(context, line, wait));
  if (!requeue) return entered(waitMs);
  const untilMs = context.runtime.now() + waitMs;
  const again = (error: unknown): Promise<H> => {
    const ownReason = signal?.aborted ?? false; // which may look like a session's loss, and is not
    if (ownReason || !CoordError.is(error, "SESSION_LOST")) throw error;
    return entered(Math.max(0, untilMs - context.runtime.now())).catch(again);
  };
  return entered(waitMs).catch(again);
}

/** How long an attempt that doesn't wait in line gives the store to answer, unless told otherwise. */
const answerMs = 5_000;

/** The hold if nobody is in the way, else `null`; it doesn't wait in line. */
export function enterNow<H extends Hold>(
  context: RecipeContext,
  line: Line<H>,
  { signal, waitMs = answerMs }: WaitOptions = {},
): Promise<H | null> {
  const timeout = () =>
    new TimeoutError(`The store did not answer within ${waitMs} ms. Check the connection to it.`, {
      key: line.name,
      cause: context.trouble(),
    });
  return attended(context, { signal, waitMs, timeout }, async (wait) => {
    await line.prepare?.(wait);
    const contender = await newContender(context, line, wait);
    try {
      const place = await contender.stand(wait);
      if (await contender.admitted(place.ahead, wait)) return admit(context, contender, line, place.mine, wait);
    } catch (error) {
      void contender.leave();
      throw error;
    }
    await wait.race(contender.leave()).catch((reason) => {
      if (signal?.aborted) throw reason; // running out of time changes nothing: the answer is known, and leaving goes on
    });
    return null;
  });
}

async function takeTurn<H extends Hold>(context: RecipeContext, line: Line<H>, wait: Wait): Promise<H> {
  if (line.prepare) await line.prepare(wait);
  const contender = await newContender(context, line, wait);
  try {
    const place = await contender.stand(wait);
    const unopposed = place.ahead.length === 0 && !line.admits;
    if (!unopposed && !(await contender.admitted(place.ahead, wait))) await contender.reachFront(place, wait);
    return admit(context, contender, line, place.mine, wait);
  } catch (error) {
    void contender.leave(); // in the background, until it is certain: who cancels doesn't wait for the store
    throw error;
  }
}

/** A contender of the live session, or of the next one, whose loss ends the wait. */
export function newContender(context: RecipeContext, line: LineRules, wait: Wait): Promise<Contender> {
  return context.ready(wait).then((session) => {
    wait.endOn((end) => session.onLost(end));
    wait.throwIfOver();
    return new Contender(context, session, line);
  });
}

/** Cancelled in the same instant wins over granted. */
function admit<H extends Hold>(
  context: RecipeContext,
  contender: Contender,
  line: Line<H>,
  entry: Entry,
  wait: Wait,
): H {
  wait.throwIfOver();
  return granted(context, contender, line, entry);
}

/** What the contender is let in with, unless our own clock has given its session up. */
export function granted<H extends Hold>(
  context: RecipeContext,
  contender: Contender,
  rules: GrantRules & { readonly hold: (grant: Grant) => H },
  entry: Entry,
): H {
  contender.session.check();
  const grant = new Grant(context, contender, entry, rules);
  if (grant.lossNow) throw grant.lossNow; // the process was stopped between the two
  return rules.hold(grant);
}

/** Cancelled wins to the last moment: a hold that comes to a caller who has cancelled is given back. */
export function unlessCancelled<H extends Hold | null>(hold: H, signal: AbortSignal | undefined): H {
  if (!hold || !signal?.aborted) return hold;
  void hold.release();
  throw signal.reason;
}

/** A wait that `close()` ends too. */
export function attended<T>(context: RecipeContext, limits: WaitLimits, body: (wait: Wait) => Promise<T>): Promise<T> {
  return waiting(context.runtime, limits, (wait) => {
    wait.endOn((end) => context.onClosing(() => end(closedError())));
    wait.throwIfOver();
    return body(wait);
  });
}
