import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface FencedWrite {
  readonly client: string;
  readonly resource: string;
  /** As a decimal string. */
  readonly token: string;
}

/** A worker's connection to the fenced resource, which answers in the order in which it is asked. */
export class FencedWriter {
  readonly #client: string;
  readonly #socket: Socket;
  readonly #waiting: ((accepted: boolean) => void)[] = [];

  private constructor(client: string, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    socket.on("end", gone);
    createInterface(socket).on("line", (line) => this.#waiting.shift()?.(line === "accepted"));
  }

  static async connect(client: string, port: number): Promise<FencedWriter> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return new FencedWriter(client, socket);
  }

  write(resource: string, token: bigint): Promise<boolean> {
    const write: FencedWrite = { client: this.#client, resource, token: token.toString() };
    this.#socket.write(`${JSON.stringify(write)}\n`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.off("end", gone).end();
  }
}

/** Rather than that writers wait for ever. */
function gone(): never {
  throw new Error("the fenced resource is gone");
}
