import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { assertThere, type Inner } from "./library.ts";

/** What gRPC's credentials do for a connection: it asks whether they are ready, opens a socket, and has them speak TLS on it, or nothing. */
interface Connector {
  waitForReady(): Promise<void>;
}
interface Credentials {
  _createSecureConnector(...args: unknown[]): Connector;
}
const parts = {
  credentials: { name: "@grpc/grpc-js", version: "1.14.7", part: "ChannelCredentials._createSecureConnector" },
  connector: { name: "@grpc/grpc-js", version: "1.14.7", part: "SecureConnector.waitForReady" },
} satisfies Record<string, Inner>;

/** A connection that is being made, until it has its socket: the first that is opened in its asynchronous context. */
class Connecting {
  static readonly #now = new AsyncLocalStorage<Connecting>();
  static #listens = false;
  static #underWay = 0;
  #opened: ((socket: Socket) => void) | undefined;

  private constructor(opened: (socket: Socket) => void) {
    this.#opened = opened;
  }

  /** From here on, in what follows of this asynchronous context. */
  static begin(opened: (socket: Socket) => void): void {
    if (!Connecting.#listens) subscribe("net.client.socket", Connecting.#tell);
    Connecting.#listens = true;
    Connecting.#underWay += 1;
    Connecting.#now.enterWith(new Connecting(opened));
  }

  static readonly #tell = (message: unknown): void => {
    Connecting.#now.getStore()?.has((message as { readonly socket: Socket }).socket);
  };

  has(socket: Socket): void {
    const opened = this.#opened;
    if (!opened) return;
    this.#opened = undefined;
    Connecting.#underWay -= 1;
    if (Connecting.#underWay === 0) Connecting.#now.disable(); // while it is followed, each promise of the process pays for it
    opened(socket);
  }
}

/**
 * The sockets of one endpoint's channels. A channel that is closed while it connects leaves its socket as it is, open until
 * the other side says something: where that stands still, or the machine is gone, each try would leave one more, and none
 * lets the process end. gRPC hands out none before it is connected, so each is caught as Node opens it.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  #over = false;

  /** The same credentials, whose connections are known here. */
  seenBy<C extends object>(given: C): C {
    const credentials = given as unknown as Credentials;
    assertThere(typeof credentials._createSecureConnector === "function", parts.credentials);
    const seeing: Credentials = {
      _createSecureConnector: (...args) => this.#watched(credentials._createSecureConnector(...args)),
    };
    return Object.assign(Object.create(given), seeing);
  }

  /** Also those that are opened later: the package goes on connecting for a while. */
  destroy(): void {
    this.#over = true;
    for (const socket of this.#open) socket.destroy();
  }

  #watched(connector: Connector): Connector {
    assertThere(typeof connector.waitForReady === "function", parts.connector);
    const waitForReady = connector.waitForReady.bind(connector);
    connector.waitForReady = () => {
      Connecting.begin((socket) => this.#opened(socket));
      return waitForReady();
    };
    return connector;
  }

  #opened(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#over) process.nextTick(() => socket.destroy()); // it is about to be told where to connect to
  }
}
