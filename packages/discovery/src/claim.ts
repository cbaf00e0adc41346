import { CoordError } from "@coord/core";
import {
  type Bytes,
  type Entry,
  isTransient,
  type Key,
  onAbort,
  type RecipeContext,
  retry,
  type Session,
} from "@coord/core/recipe";

/** `taken`: somebody else's entry is there, who may live. */
export type Standing = "held" | "taken" | "absent";

export interface ClaimRules {
  readonly key: Key;
  /** Whether the entry of somebody else is of one who is gone. */
  readonly isGone: (entry: Entry) => boolean;
  /** Remove also the entry of one who lives, the first time: two that did so always would fight. */
  readonly takeover: boolean;
}

/**
 * One key of the store, claimed for one registration: brought to what is wanted, again after each loss. An entry is ours when it hangs on
 * a session that this claim was made on, so an answer that was lost is settled by a look.
 */
export class Claim {
  readonly #context: RecipeContext;
  readonly #rules: ClaimRules;
  readonly #sessions = new Set<string>();
  /** On which an attempt whose outcome is not known may have made an entry, or still may. */
  #unsettledOn: Session | undefined;
  #first = true;
  #hasHeld = false;
  #entry: Entry | undefined;

  constructor(context: RecipeContext, rules: ClaimRules) {
    this.#context = context;
    this.#rules = rules;
  }

  /** As it was written or found last. */
  get entry(): Entry | undefined {
    return this.#entry;
  }

  /** Makes the entry say what is wanted, or makes it go. Repeats until it is certain, or the session is over. */
  settle(wanted: Bytes | undefined, session: Session): Promise<Standing> {
    this.#sessions.add(session.stored.id);
    return retry(this.#context.runtime, () => this.#attempt(wanted, session), {
      when: (error) => (isTransient(error) || CoordError.is(error, "CONFLICT")) && session.alive,
    });
  }

  /** What another claim of this client has begun for the key, and may yet arrive, is this one's to remove. */
  inherit(before: Claim | undefined): void {
    if (before) this.#unsettledOn ??= before.#unsettledOn;
    if (this.#unsettledOn) this.#sessions.add(this.#unsettledOn.stored.id);
  }

  /**
   * Stays on guard for as long as an attempt under way could still make the entry that is not to be, or until somebody else of this client has
   * the key. Never rejects.
   */
  async guard(signal: AbortSignal): Promise<void> {
    const session = this.#unsettledOn;
    if (!session?.alive || signal.aborted) return;
    const { store, logger } = this.#context;
    const { key } = this.#rules;
    const over = new AbortController();
    session.onLost(() => over.abort("the session is over"));
    const leaves = [
      this.#context.onClosing(() => over.abort("closed")), // which gives the session back
      onAbort(signal, (reason) => over.abort(reason)),
    ];
    try {
      for await (const { entries, stale } of store.watch({ key }, { signal: over.signal })) {
        if (!stale && entries[0] && this.#isMine(entries[0])) await this.settle(undefined, session);
      }
    } catch (error) {
      logger.warn(
        { error, key },
        "a closed registration can't be watched; an attempt that comes late shows it until the session ends",
      );
    } finally {
      for (const leave of leaves) leave();
    }
  }

  async #attempt(wanted: Bytes | undefined, session: Session): Promise<Standing> {
    session.check();
    try {
      return await (wanted ? this.#write(wanted, session) : this.#remove());
    } catch (error) {
      this.#first = false;
      if (CoordError.is(error, "UNKNOWN_OUTCOME")) this.#unsettledOn = session;
      if (CoordError.is(error, "SESSION_LOST")) session.end("expired");
      throw error;
    }
  }

  async #write(wanted: Bytes, session: Session): Promise<Standing> {
    const found = this.#first ? undefined : await this.#context.store.get(this.#rules.key); // the first attempt finds out by itself
    this.#first = false;
    if (!found) return this.#create(wanted, session);
    if (found.session === session.stored.id) return this.#update(found, wanted);
    const { isGone, takeover } = this.#rules;
    if (!this.#isMine(found) && !isGone(found) && (!takeover || this.#hasHeld)) {
      this.#entry = undefined;
      return "taken";
    }
    await this.#context.store.commit({ writes: [{ remove: found }] });
    return this.#create(wanted, session);
  }

  async #create(value: Bytes, session: Session): Promise<Standing> {
    const write = { create: this.#rules.key, value, session: session.stored };
    this.#entry = (await this.#context.store.commit({ writes: [write] })).entries[0];
    this.#hasHeld = true;
    return "held";
  }

  async #update(found: Entry, value: Bytes): Promise<Standing> {
    this.#hasHeld = true;
    const isSame = Buffer.compare(found.value, value) === 0;
    this.#entry = isSame
      ? found
      : (await this.#context.store.commit({ writes: [{ update: found, value }] })).entries[0];
    return "held";
  }

  async #remove(): Promise<Standing> {
    const found = await this.#context.store.get(this.#rules.key);
    if (found && this.#isMine(found)) await this.#context.store.commit({ writes: [{ remove: found }] });
    this.#entry = undefined;
    return "absent";
  }

  #isMine({ session }: Entry): boolean {
    return session !== undefined && this.#sessions.has(session);
  }
}
