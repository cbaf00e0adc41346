import { isDeepStrictEqual } from "node:util";
import { Events, type RecipeContext } from "@coord/core/recipe";

export interface SelectionEvents<U> {
  /** The part has changed; not told where something else of the document has. */
  change(now: U, before: U): void;
}

/** The whole that a part is selected of. */
export interface Whole<T> {
  /** The same object until something in it changes. */
  readonly current: () => T;
  /** Takes what is to be called after each change; the result ends that. */
  readonly subscribe: (changed: () => void) => () => void;
}

type Listener<U> = SelectionEvents<U>["change"];

/** A part of a configuration, and its changes alone. Made by `config.select`; without listeners the configuration knows nothing of it. */
export class Selection<U> {
  readonly #context: RecipeContext;
  readonly #events: Events<SelectionEvents<U>>;
  readonly #look: () => void;
  readonly #subscribe: Whole<unknown>["subscribe"];
  /** What is told of changes, and whose listener it is. */
  readonly #heard = new Map<Listener<U>, Listener<U>>();
  #unsubscribe: (() => void) | undefined;
  #current: U;
  /** What the listeners know. */
  #told: U;

  constructor(context: RecipeContext, { current, subscribe }: Whole<unknown>, select: () => U) {
    this.#context = context;
    this.#events = new Events(context.logger);
    this.#subscribe = subscribe;
    let of = current();
    this.#current = select();
    this.#told = this.#current;
    this.#look = () => {
      if (of === current()) return;
      of = current();
      const now = select();
      if (!isDeepStrictEqual(now, this.#current)) this.#current = now;
    };
  }

  /** The same object until something in it changes. */
  get current(): U {
    try {
      this.#look();
    } catch (error) {
      this.#context.logger.error({ error }, "a selector threw; what it gave last stays");
    }
    return this.#current;
  }

  on<Name extends keyof SelectionEvents<U>>(name: Name, listener: SelectionEvents<U>[Name]): this {
    this.#add(listener, listener);
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof SelectionEvents<U>>(name: Name, listener: SelectionEvents<U>[Name]): this {
    const told: Listener<U> = (now, before) => {
      this.#remove(told);
      return listener(now, before);
    };
    this.#add(told, listener);
    this.#events.on(name, told);
    return this;
  }

  off<Name extends keyof SelectionEvents<U>>(_name: Name, listener: SelectionEvents<U>[Name]): this {
    for (const [told, of] of [...this.#heard]) if (of === listener) this.#remove(told);
    return this;
  }

  #add(told: Listener<U>, listener: Listener<U>): void {
    if (!this.#unsubscribe) {
      this.#told = this.current;
      this.#unsubscribe = this.#subscribe(() => this.#changed());
    }
    this.#heard.set(told, listener);
  }

  #remove(told: Listener<U>): void {
    this.#events.off("change", told);
    this.#heard.delete(told);
    if (this.#heard.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #changed(): void {
    const before = this.#told;
    const now = this.current;
    if (Object.is(now, before)) return;
    this.#told = now;
    this.#events.emit("change", now, before);
  }
}
