import { ending, exitCodeOf, forwarded } from "./signals.ts";

/** Somebody asked this process to end while no command ran that could be told. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`Ended by ${signal}.`);
    this.exitCode = exitCodeOf(signal);
  }
}

export interface Recipient {
  send(signal: NodeJS.Signals): void;
}

/**
 * Where the signals that this process gets go: to the command that runs, or else one that asks to end aborts what is waited
 * for. Nothing is started once the end was asked for.
 */
export class Interrupts implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #recipient: Recipient | undefined;
  #asked = false;

  constructor() {
    for (const signal of ending) this.#listen(signal, () => this.#end(signal));
  }

  /** Aborts with `Interrupted`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the end was asked for, of this process or of the command. */
  get asked(): boolean {
    return this.#asked;
  }

  /** All that can be caught goes to `recipient`, until the result is called. One that is stopped from the terminal stops with us. */
  forwardTo(recipient: Recipient): () => void {
    this.#recipient = recipient;
    const others = forwarded.filter((signal) => !this.#listeners.has(signal));
    for (const signal of others) this.#listen(signal, () => recipient.send(signal));
    this.#listen("SIGTSTP", () => {
      recipient.send("SIGSTOP");
      process.kill(process.pid, "SIGSTOP");
    });
    this.#listen("SIGCONT", () => recipient.send("SIGCONT"));
    return () => {
      this.#recipient = undefined;
      for (const signal of [...others, "SIGTSTP", "SIGCONT"] as const) this.#leave(signal);
    };
  }

  [Symbol.dispose](): void {
    for (const signal of [...this.#listeners.keys()]) this.#leave(signal);
  }

  #end(signal: NodeJS.Signals): void {
    this.#asked = true;
    if (this.#recipient) this.#recipient.send(signal);
    else this.#controller.abort(new Interrupted(signal));
  }

  #listen(signal: NodeJS.Signals, listener: () => void): void {
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  #leave(signal: NodeJS.Signals): void {
    const listener = this.#listeners.get(signal);
    if (listener) process.off(signal, listener);
    this.#listeners.delete(signal);
  }
}
