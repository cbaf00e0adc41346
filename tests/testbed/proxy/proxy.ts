import { connect, createServer, type Server, type Socket } from "node:net";
import { type Endpoint, hostPort, loopback } from "../endpoint.ts";
import { freePorts } from "../free-ports.ts";
import { Connection } from "./connection.ts";
import { Wire } from "./wire.ts";

/** Which way bytes go: requests towards the server, replies towards the client. */
export type Direction = "requests" | "replies";

export interface ProxyCounts {
  /** Connections so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes passed so far, by direction. */
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** Bytes that have come and are kept back now, by a stall or a delay or because the receiver does not read. */
  readonly heldBytes: number;
}

const startTries = 5;

/** A TCP proxy in front of one endpoint, a plain wire until told otherwise. */
export async function startProxy(target: Endpoint): Promise<FaultProxy> {
  for (let tries = 1; ; tries++) {
    const [port = 0] = await freePorts(1);
    const proxy = new FaultProxy(target, { host: loopback, port });
    try {
      await proxy.accept();
      return proxy;
    } catch (error) {
      if (tries === startTries) throw error;
    }
  }
}

/** Faults concern present and future connections alike, and last until they are healed. */
export class FaultProxy implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #target: Endpoint;
  readonly #wires = { requests: new Wire(), replies: new Wire() };
  readonly #connections = new Set<Connection>();
  #accepted = 0;
  #listener: Server | undefined;

  constructor(target: Endpoint, endpoint: Endpoint) {
    this.#target = target;
    this.endpoint = endpoint;
  }

  get address(): string {
    return hostPort(this.endpoint);
  }

  /** What has happened since the start, and is the case now. */
  get counts(): ProxyCounts {
    return {
      connections: this.#accepted,
      open: this.#connections.size,
      requestBytes: this.#wires.requests.passed,
      replyBytes: this.#wires.replies.passed,
      heldBytes: this.#wires.requests.held + this.#wires.replies.held,
    };
  }

  /** Resets every open connection, on both sides. New ones are welcome. */
  reset(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  /** From now on nobody listens: who connects is refused. Open connections go on. */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Ends `refuse`. */
  async accept(): Promise<void> {
    this.#listener ??= await listen(this.endpoint, (client) => this.#welcome(client));
  }

  /** A black hole: no byte and no end of a connection passes, and nobody is told. All of it passes on `heal`. */
  stall(direction: Direction | "both" = "both"): void {
    for (const wire of this.#chosen(direction)) wire.stalled = true;
  }

  /** What arrives goes on so much later, in the same order. */
  delay(ms: number, direction: Direction | "both" = "both"): void {
    for (const wire of this.#chosen(direction)) wire.delayMs = ms;
    this.#advance();
  }

  /**
   * Lets exactly so many more bytes pass in this direction, over all connections, then resets the one they ended on.
   * After 0 bytes means that the next message is lost whole: of a reply, that the request has had its effect.
   */
  cutAfter(bytes: number, direction: Direction): void {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`not a number of bytes: ${bytes}`);
    this.#wires[direction].cutAfter = bytes;
  }

  /** A plain wire again: ends stalls, delays and a cut still to come. Not `refuse`, which `accept` ends. */
  heal(): void {
    for (const wire of this.#chosen("both")) wire.heal();
    this.#advance();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.reset();
  }

  #chosen(direction: Direction | "both"): Wire[] {
    return direction === "both" ? Object.values(this.#wires) : [this.#wires[direction]];
  }

  #advance(): void {
    for (const connection of [...this.#connections]) connection.advance();
  }

  /** Connections are half-closed only if their ends half-close them, as through a wire. */
  #welcome(client: Socket): void {
    this.#accepted += 1;
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(client, server, this.#wires, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }
}

function listen({ host, port }: Endpoint, welcome: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, welcome);
    server.once("error", reject);
    server.listen({ host, port }, () => resolve(server));
  });
}
