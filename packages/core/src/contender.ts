import { onAbort } from "./abort.ts";
import { CoordError, type ErrorCode, LockLostError, TypeConflictError } from "./errors.ts";
import { reportForeign } from "./foreign.ts";
import { toName } from "./key.ts";
import type { RecipeContext } from "./recipe-context.ts";
import { isTransient, retry } from "./retry.ts";
import type { Session } from "./session.ts";
import { closedError } from "./session-keeper.ts";
import type { Blockers, Bytes, Key, Place, Rival, Write } from "./store.ts";
import type { Wait } from "./wait.ts";

/** What a recipe says of a line and of how one stands in it. */
export interface LineRules {
  readonly line: Key;
  /** What the contender stands for, as others see it. */
  readonly kind: string;
  /** Whether this kind may stand in this line; another one means that the name is in use as something else. */
  readonly belongs: (kind: string) => boolean;
  readonly blockers: Blockers;
  /**
   * Decides where keys alone don't tell: whether one may go in behind those ahead, of whom some may have left meanwhile. Default:
   * nobody blocks. It is asked again when a blocker leaves or is written.
   */
  readonly admits?: ((ahead: readonly Rival[]) => Promise<boolean>) | undefined;
  /** Tells, while waiting, that the rules themselves have changed. The result ends that. */
  readonly onChange?: ((changed: () => void) => () => void) | undefined;
  /** What the entry shows to people: who stands here. */
  readonly value: () => Bytes;
}

/** The errors that say for certain that no entry was made; after any other one there may be one. */
const withoutEffect: readonly ErrorCode[] = ["UNAVAILABLE", "USAGE", "VALUE_TOO_LARGE", "AUTH", "SESSION_LOST"];

/** So often a removal that the store refuses is repeated before it is told. */
const patience = 5;

/** Whether an entry may still be removed after it: a right may come back, a credential be renewed. */
const isMendable = (error: unknown): boolean => !CoordError.is(error, "SESSION_LOST", "CLOSED", "USAGE");

/**
 * One contender in a waiting line: it stands in line, waits for those in its way, and leaves for certain. Between the
 * two it has an entry in the store that is bound to its session, whose place is the store's order of creation.
 */
export class Contender {
  readonly session: Session;
  readonly rules: LineRules;
  readonly #context: RecipeContext;
  readonly #id: string;
  #leaving = false;
  #settling = false;
  #asked = false;
  /** Ends the pause before a repeated attempt. Made when there is one. */
  #quit: AbortController | undefined;
  #standing: Promise<Place> | undefined;
  #place: Place | undefined;
  /** An attempt whose outcome is not known may have made the entry. */
  #unsettled = false;
  #left: Promise<"released" | "lost"> | undefined;

  constructor(context: RecipeContext, session: Session, rules: LineRules) {
    this.#context = context;
    this.session = session;
    this.rules = rules;
    this.#id = context.runtime.uniqueId();
  }

  /** Stands in line, in the order of the calls of this client. One round trip unless an attempt has to be repeated. */
  stand(wait: Wait): Promise<Place> {
    this.#standing = this.#context.inOrder(this.rules.line, () => this.#contend());
    return wait.race(this.#standing).then((place) => {
      if (place.ahead.length > 0) this.#lookAt(place.ahead);
      return place;
    });
  }

  /**
   * Where it stands when nothing of it is under way any more; `undefined` if it never came to stand. From now on it comes no more, and
   * asks again only to find out whether an attempt whose answer was lost has made it stand.
   */
  async settled(): Promise<Place | undefined> {
    this.#settling = true;
    if (this.#done) this.#quit?.abort("given up");
    return this.#asked ? this.#standing?.catch(() => undefined) : undefined;
  }

  /** Whether nobody is in the way of one who has these ahead. */
  admitted(ahead: readonly Rival[], wait: Wait): Promise<boolean> {
    const { admits, blockers } = this.rules;
    if (!admits) return Promise.resolve(blockers(ahead).length === 0);
    const when = (error: unknown) => isTransient(error) && this.session.alive;
    return wait.race(retry(this.#context.runtime, () => admits(ahead), { signal: wait.signal, when }));
  }

  /** Waits until nobody is in the way. Being first counts only together with the own entry being there at the same revision. */
  async reachFront(place: Place, wait: Wait): Promise<void> {
    while (!(await this.#advance(place, wait))) wait.throwIfOver();
  }

  /** Follows the place: `true` at the front, `false` when the rules have changed and it is to be followed anew. */
  async #advance(place: Place, wait: Wait): Promise<boolean> {
    const { blockers, onChange } = this.rules;
    const following = new AbortController();
    let changed = false;
    const leaves = [
      onAbort(wait.signal, () => following.abort("over")),
      onChange?.(() => {
        changed = true;
        following.abort("changed");
      }),
    ];
    try {
      for await (const standing of this.#context.store.follow(place, blockers, { signal: following.signal })) {
        if (standing.stale) continue;
        if (!standing.present) throw await this.gone(place, wait);
        if (await this.admitted(standing.ahead, wait)) return true;
      }
    } finally {
      for (const leave of leaves) leave?.();
    }
    wait.throwIfOver();
    if (!changed) throw closedError();
    return false;
  }

  /**
   * Why the own entry went while waiting: with the session, which the store is asked at once and which is thrown, or else because somebody
   * removed it.
   */
  async gone({ line, mine }: Place, wait: Wait): Promise<Error> {
    const known = retry(this.#context.runtime, () => this.session.renew(), {
      signal: wait.signal,
      when: (error) => isTransient(error) && this.session.alive,
    });
    await wait.race(known);
    this.session.check();
    return new LockLostError(
      "deleted",
      `The place in line for ${JSON.stringify(toName(line))} was removed by somebody else while waiting. Ask again to stand in line anew.`,
      { key: mine.key },
    );
  }

  /** What leaves the line, for a commit that does it together with something else; once that is done, `departed` is to be told. */
  get departure(): readonly Write[] {
    return this.#place && !this.#left ? [{ remove: this.#place.mine.key }] : [];
  }

  departed(): void {
    this.#left ??= Promise.resolve("released");
  }

  /**
   * Leaves the line: removes the entry and no other, and doesn't stop trying until the store has said so or the session
   * is over. Never rejects. `lost`: the session ended first, and took the entry with it; or the store keeps refusing, and the entry
   * stays until it doesn't any more.
   */
  leave(): Promise<"released" | "lost"> {
    this.#left ??= this.#context.track(this.#leave());
    return this.#left;
  }

  /** Whether it asks for no place any more. */
  get #done(): boolean {
    return this.#leaving || (this.#settling && !this.#unsettled);
  }

  #contend(): Promise<Place> {
    const attempt = () => (this.#done ? Promise.reject(closedError()) : this.#askForPlace());
    return retry(this.#context.runtime, attempt, () => {
      this.#quit = new AbortController();
      const when = (error: unknown) => isTransient(error) && !this.#done && this.session.alive;
      return { signal: this.#quit.signal, when };
    });
  }

  async #askForPlace(): Promise<Place> {
    this.session.check();
    this.#asked = true;
    const { line, kind, value } = this.rules;
    const ticket = { id: this.#id, kind, value: value(), session: this.session.stored };
    try {
      this.#place = await this.#context.store.contend(line, ticket);
      return this.#place;
    } catch (error) {
      if (CoordError.is(error, "SESSION_LOST")) this.session.end("expired");
      if (!CoordError.is(error, ...withoutEffect)) this.#unsettled = true;
      throw error;
    }
  }

  /** Refuses a name that is in use as something else, and reports those of whom nothing is known. */
  #lookAt(ahead: readonly Rival[]): void {
    const { line, kind, belongs } = this.rules;
    const unknown = ahead.filter((rival) => rival.kind === undefined);
    reportForeign(
      this.#context,
      line,
      unknown.map(({ key }) => key),
    );
    const other = ahead.find((rival) => rival.kind !== undefined && !belongs(rival.kind));
    if (!other) return;
    throw new TypeConflictError(
      `The name ${JSON.stringify(toName(line))} is in use as "${other.kind}" and can't serve as "${kind}" too. Choose another name for one of them.`,
      { key: line },
    );
  }

  async #leave(): Promise<"released" | "lost"> {
    this.#leaving = true;
    if (!this.#place) {
      this.#quit?.abort("left");
      await this.#standing?.catch(() => {}); // the attempt under way comes first: only then it is known what to remove
      if (!this.#place && !this.#unsettled) return "released";
    }
    let leaveSession: (() => void) | undefined;
    const untilLost = () => {
      const { leave, ...options } = this.#untilLost(patience);
      leaveSession = leave;
      return options;
    };
    try {
      await retry(this.#context.runtime, () => this.#remove(), untilLost);
      return "released";
    } catch (error) {
      if (this.session.alive) this.#goOnLeaving(error);
      return "lost";
    } finally {
      leaveSession?.();
    }
  }

  /** Nobody has to wait for what may last. */
  #goOnLeaving(error: unknown): void {
    const { runtime, logger } = this.#context;
    logger.error({ error, key: this.#place?.mine.key }, "an entry could not be removed; trying again");
    const { leave, ...options } = this.#untilLost(Number.POSITIVE_INFINITY);
    retry(runtime, () => this.#remove(), options).then(leave, leave);
  }

  /** How to repeat a removal: as long as the session lasts, and after so many refusals. */
  #untilLost(refusals: number) {
    const lost = new AbortController();
    const leave = this.session.onLost((loss) => lost.abort(loss));
    let refused = 0;
    const when = (error: unknown) => isTransient(error) || (isMendable(error) && ++refused <= refusals);
    return { signal: lost.signal, when, leave };
  }

  /** Asking once more with the same ticket settles an attempt whose answer was lost: it tells what there is to remove. */
  async #remove(): Promise<void> {
    this.session.check();
    const { mine } = this.#place ?? (await this.#askForPlace());
    await this.#context.store.commit({ writes: [{ remove: mine.key }] });
  }
}
