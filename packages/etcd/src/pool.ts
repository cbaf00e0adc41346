import type { Runtime, Timer } from "@coord/core/spi";

interface InUse<T> {
  readonly item: T;
  users: number;
  /** Set while nobody uses it. */
  end: Timer | undefined;
}

/** Things that all who need the same one share. Each outlives its last user by a while, in case somebody needs it again. */
export class Pool<T> {
  readonly #runtime: Runtime;
  readonly #lingerMs: number;
  readonly #close: (item: T) => void;
  readonly #items = new Map<string, InUse<T>>();

  constructor(runtime: Runtime, lingerMs: number, close: (item: T) => void) {
    this.#runtime = runtime;
    this.#lingerMs = lingerMs;
    this.#close = close;
  }

  /** The thing of this name, if somebody uses it or did lately. */
  peek(name: string): T | undefined {
    return this.#items.get(name)?.item;
  }

  /** `leave` is to be called once. What is made gets a function by which it is given to nobody else. */
  take(name: string, make: (drop: () => void) => T): { readonly item: T; readonly leave: () => void } {
    const inUse = this.#items.get(name) ?? this.#add(name, make);
    inUse.end?.cancel();
    inUse.users += 1;
    return { item: inUse.item, leave: () => this.#leave(name, inUse) };
  }

  #add(name: string, make: (drop: () => void) => T): InUse<T> {
    const inUse: InUse<T> = { item: make(() => this.#drop(name, inUse)), users: 0, end: undefined };
    this.#items.set(name, inUse);
    return inUse;
  }

  #drop(name: string, inUse: InUse<T>): void {
    if (this.#items.get(name) === inUse) this.#items.delete(name);
  }

  #leave(name: string, inUse: InUse<T>): void {
    inUse.users -= 1;
    if (inUse.users > 0) return;
    const end = () => {
      this.#drop(name, inUse);
      this.#close(inUse.item);
    };
    if (this.#lingerMs === 0) end();
    else inUse.end = this.#runtime.timer(this.#lingerMs, end, { keepAlive: false });
  }
}
