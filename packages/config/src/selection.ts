import { isDeepStrictEqual } from "node:util";
import { Events, type RecipeContext } from "@coord/core/recipe";

export interface SelectionEvents<U> {
  /** The part has changed; not told where something else of the document has. */
  change(now: U, before: U): void;
}

/** A part of a configuration, and its changes alone. Made by `config.select`. */
export class Selection<U> {
  readonly #events: Events<SelectionEvents<U>>;
  readonly #select: () => U;
  #current: U;

  /** @param subscribe takes what is to be called after each change of the whole */
  constructor({ logger }: RecipeContext, select: () => U, subscribe: (changed: () => void) => void) {
    this.#events = new Events(logger);
    this.#select = select;
    this.#current = select();
    subscribe(() => this.#changed());
  }

  get current(): U {
    return this.#current;
  }

  on<Name extends keyof SelectionEvents<U>>(name: Name, listener: SelectionEvents<U>[Name]): this {
    this.#events.on(name, listener);
    return this;
  }

  once<Name extends keyof SelectionEvents<U>>(name: Name, listener: SelectionEvents<U>[Name]): this {
    this.#events.once(name, listener);
    return this;
  }

  off<Name extends keyof SelectionEvents<U>>(name: Name, listener: SelectionEvents<U>[Name]): this {
    this.#events.off(name, listener);
    return this;
  }

  #changed(): void {
    const before = this.#current;
    const now = this.#select();
    if (isDeepStrictEqual(now, before)) return;
    this.#current = now;
    this.#events.emit("change", now, before);
  }
}
