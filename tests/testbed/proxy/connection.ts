import type { Socket } from "node:net";
import { arrived } from "./arrived.ts";
import { Lane } from "./lane.ts";
import type { Wire } from "./wire.ts";

/** One connection through the proxy: a socket to the client, one to the server, and a lane each way. */
export class Connection {
  readonly #lanes: readonly Lane[];
  #open = 2;

  constructor(client: Socket, server: Socket, wires: { requests: Wire; replies: Wire }, closed: () => void) {
    this.#lanes = [
      new Lane(client, server, wires.requests, () => this.#cutAfterArrival(server)),
      new Lane(server, client, wires.replies, () => this.#cutAfterArrival(client)),
    ];
    for (const socket of [client, server]) {
      socket.on("close", () => {
        this.#open -= 1;
        if (this.#open > 0) return;
        for (const lane of this.#lanes) lane.halt();
        closed();
      });
    }
  }

  advance(): void {
    for (const lane of this.#lanes) lane.advance();
  }

  /** Both sides see a reset. What has not been delivered never is. */
  reset(): void {
    for (const lane of this.#lanes) lane.reset();
  }

  /** From here on nothing is passed either way; what was written before is still let through. */
  async #cutAfterArrival(receiver: Socket): Promise<void> {
    for (const lane of this.#lanes) lane.halt();
    await arrived(receiver);
    this.reset();
  }
}
