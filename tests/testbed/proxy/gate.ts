import { createServer, type Server, type Socket } from "node:net";
import { type Endpoint, loopback } from "../endpoint.ts";
import { freePorts } from "../free-ports.ts";

const openTries = 5;

/** Makes what accepts on a free port. Another process may take the port before it does: then on another. */
export async function onFreePort<T extends { accept(): Promise<void> }>(make: (endpoint: Endpoint) => T): Promise<T> {
  for (let tries = 1; ; tries++) {
    const [port = 0] = await freePorts(1);
    const made = make({ host: loopback, port });
    try {
      await made.accept();
      return made;
    } catch (error) {
      if (tries === openTries) throw error;
    }
  }
}

/** Where connections come in, when it accepts them. */
export class Gate {
  readonly endpoint: Endpoint;
  readonly #welcome: (client: Socket) => void;
  #listener: Server | undefined;
  #opening: Promise<void> | undefined;
  #isOpen = false;

  constructor(endpoint: Endpoint, welcome: (client: Socket) => void) {
    this.endpoint = endpoint;
    this.#welcome = welcome;
  }

  refuse(): void {
    this.#isOpen = false;
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** However many ask for it at once. */
  accept(): Promise<void> {
    this.#isOpen = true;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#listener) return;
    const listener = await listen(this.endpoint, this.#welcome);
    if (this.#isOpen) this.#listener = listener;
    else listener.close(); // refused meanwhile
  }
}

function listen({ host, port }: Endpoint, welcome: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, welcome);
    server.once("error", reject);
    server.listen({ host, port }, () => resolve(server));
  });
}
