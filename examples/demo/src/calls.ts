// Calls between the demo's processes, on the channel of `fork()`: the parent asks a worker to do its part of a step, and a
// worker asks for what the lock protects, which the parent has.

/** Either end of the channel: a `ChildProcess`, or `process` in the child. */
export interface ForkEnd {
  send?(message: unknown, handle: undefined, options: undefined, sent: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
}

/** What one side can be asked for, by name. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Asks the other side for one of `F`. */
export type Ask<F extends Functions> = <Name extends keyof F & string>(
  name: Name,
  ...args: Parameters<F[Name]>
) => Promise<Awaited<ReturnType<F[Name]>>>;

type Message =
  | { readonly call: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One side of the channel: answers calls with its `functions`, and makes calls to the other side's. */
export class Calls {
  readonly #channel: ForkEnd;
  readonly #functions: Functions;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;

  constructor(channel: ForkEnd, functions: Functions) {
    this.#channel = channel;
    this.#functions = functions;
    channel.on("message", this.#receive);
  }

  /** How to ask the other side, which has these functions. */
  asker<Theirs extends Functions>(): Ask<Theirs> {
    return (name, ...args) => this.#ask(name, args) as ReturnType<Ask<Theirs>>;
  }

  /** Stops listening; what is still waited for fails with this reason. */
  close(reason: string): void {
    this.#channel.off("message", this.#receive);
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }

  #ask(name: string, args: readonly unknown[]): Promise<unknown> {
    this.#calls += 1;
    const call = this.#calls;
    const reply = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#send({ call, name, args });
    });
    reply.catch(() => {}); // a step that fails before it waits for this reply is reported by itself
    return reply;
  }

  readonly #receive = (message: unknown): void => {
    const ours = message as Message;
    if ("call" in ours) void this.#answer(ours.call, ours.name, ours.args);
    if ("reply" in ours) this.#settle(ours);
  };

  async #answer(reply: number, name: string, args: readonly unknown[]): Promise<void> {
    try {
      const answer: ((...args: never[]) => unknown) | undefined = this.#functions[name];
      if (!answer) throw new Error(`there is nothing called ${name} here`);
      this.#send({ reply, value: await answer(...(args as never[])) });
    } catch (error) {
      this.#send({ reply, error: String(error) });
    }
  }

  #settle(message: Extract<Message, { readonly reply: number }>): void {
    const waiting = this.#waiting.get(message.reply);
    this.#waiting.delete(message.reply);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  }

  #send(message: Message): void {
    this.#channel.send?.(message, undefined, undefined, () => {}); // one that is gone answers nothing; its end is noticed elsewhere
  }
}
