import { connect, type Socket } from "node:net";
import type { Endpoint } from "../endpoint.ts";
import { Connection } from "./connection.ts";
import { Wire } from "./wire.ts";

/** Which way bytes go: requests towards the server, replies towards the client. */
export type Direction = "requests" | "replies";

export interface LinkCounts {
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

/**
 * The way to one server that some connections have in common, a plain wire until told otherwise. Faults concern present
 * and future connections alike, and last until they are healed.
 */
export class Link {
  readonly #target: Endpoint;
  readonly #wires = { requests: new Wire(), replies: new Wire() };
  readonly #connections = new Set<Connection>();
  #welcomed = 0;

  constructor(target: Endpoint) {
    this.#target = target;
  }

  /** What has happened since the start, and is the case now. */
  get counts(): LinkCounts {
    return {
      connections: this.#welcomed,
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

  /**
   * Resets the client's side of every open connection, and the server isn't told: what the clients have sent and a stall
   * or a delay keeps back still reaches it in time, as a network delivers late what the sender has long given up. What it
   * replies is dropped. Such a connection is open until the server ends it or it is reset. New ones are welcome.
   */
  abandon(): void {
    for (const connection of [...this.#connections]) connection.abandon();
  }

  /**
   * Every open connection is a black hole for good, as when something on the way has forgotten it: no byte passes, no end of
   * either side, and nobody is told, also on `heal`. New ones are welcome.
   */
  strand(): void {
    for (const connection of [...this.#connections]) connection.strand();
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

  /** A plain wire again: ends stalls, delays and a cut still to come. */
  heal(): void {
    for (const wire of this.#chosen("both")) wire.heal();
    this.#advance();
  }

  /** Connections are half-closed only if their ends half-close them, as through a wire. */
  welcome(client: Socket): void {
    this.#welcomed += 1;
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(client, server, this.#wires, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }

  #chosen(direction: Direction | "both"): Wire[] {
    return direction === "both" ? Object.values(this.#wires) : [this.#wires[direction]];
  }

  #advance(): void {
    for (const connection of [...this.#connections]) connection.advance();
  }
}
