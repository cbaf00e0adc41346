import { EventEmitter } from "eventemitter3";
import type { Logger } from "./logger.ts";

type Handlers<Map> = { [Name in keyof Map]: (...args: never[]) => void };

/**
 * Typed events. A listener that throws, or whose promise rejects, is reported through the logger and harms nobody:
 * neither the other listeners nor the one that emits.
 */
export class Events<Map extends Handlers<Map>> {
  readonly #emitter = new EventEmitter();
  readonly #wrapped = new WeakMap<object, (...args: unknown[]) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<Name extends keyof Map & string>(name: Name, listener: Map[Name]): void {
    this.#emitter.on(name, this.#isolated(name, listener));
  }

  once<Name extends keyof Map & string>(name: Name, listener: Map[Name]): void {
    this.#emitter.once(name, this.#isolated(name, listener));
  }

  off<Name extends keyof Map & string>(name: Name, listener: Map[Name]): void {
    const wrapped = this.#wrapped.get(listener);
    if (wrapped) this.#emitter.off(name, wrapped);
  }

  emit<Name extends keyof Map & string>(name: Name, ...args: Parameters<Map[Name]>): void {
    this.#emitter.emit(name, ...args);
  }

  /** Tells one listener alone, if it still listens. */
  tell<Name extends keyof Map & string>(name: Name, listener: Map[Name], ...args: Parameters<Map[Name]>): void {
    const wrapped = this.#wrapped.get(listener);
    if (wrapped && this.#emitter.listeners(name).includes(wrapped)) wrapped(...args);
  }

  clear(): void {
    this.#emitter.removeAllListeners();
  }

  #isolated(name: string, listener: (...args: never[]) => unknown): (...args: unknown[]) => void {
    const known = this.#wrapped.get(listener);
    if (known) return known;
    const report = (error: unknown) =>
      this.#logger.error({ error, event: name }, "a listener threw; the others were told");
    const wrapped = (...args: unknown[]) => {
      try {
        const result = listener(...(args as never[]));
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    };
    this.#wrapped.set(listener, wrapped);
    return wrapped;
  }
}
