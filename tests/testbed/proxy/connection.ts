import type { Socket } from "node:net";
import { arrived } from "./arrived.ts";
import { Lane } from "./lane.ts";
import type { Wire } from "./wire.ts";

/** One connection through the proxy: a socket to the client, one to the server, and a lane each way. */
export class Connection {
  readonly #server: Socket;
  readonly #requests: Lane;
  readonly #replies: Lane;
  #open = 2;

  constructor(client: Socket, server: Socket, wires: { requests: Wire; replies: Wire }, closed: () => void) {
    this.#server = server;
    this.#requests = new Lane(client, server, wires.requests, () => this.#cutAfterArrival(server));
    this.#replies = new Lane(server, client, wires.replies, () => this.#cutAfterArrival(client));
    for (const socket of [client, server]) {
      socket.on("close", () => {
        this.#open -= 1;
        if (this.#open > 0) return;
        this.#halt();
        closed();
      });
    }
  }

  advance(): void {
    this.#requests.advance();
    this.#replies.advance();
  }

  /** Both sides see a reset. What has not been delivered never is. */
  reset(): void {
    this.#requests.reset();
    this.#replies.reset();
  }

  /**
   * The client sees a reset, the server nothing: what the client sent goes on to it, what it replies is dropped. When it
   * ends its half, the other half ends after what is still to come.
   */
  abandon(): void {
    this.#replies.discard();
    this.#requests.loseSender();
    if (this.#server.readableEnded) this.#requests.finish();
    else this.#server.once("end", () => this.#requests.finish());
  }

  /** A black hole for good: neither side is told anything, now or on heal. */
  strand(): void {
    this.#halt();
  }

  #halt(): void {
    this.#requests.halt();
    this.#replies.halt();
  }

  /** From here on nothing is passed either way; what was written before is still let through. */
  async #cutAfterArrival(receiver: Socket): Promise<void> {
    this.#halt();
    await arrived(receiver);
    this.reset();
  }
}
