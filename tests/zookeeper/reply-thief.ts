import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Endpoint, loopback } from "../testbed/endpoint.ts";
import { freePorts } from "../testbed/free-ports.ts";

/** ZooKeeper's numbers of the operations whose answers are stolen. */
export const operation = { create: 1, remove: 2, setData: 5, multi: 14, closeSession: -11 } as const;

/**
 * A way to a server that lets everything pass but one answer: when the server has answered the next request of a kind, so that
 * it has taken effect, the client finds its connection broken instead.
 */
export class ReplyThief implements AsyncDisposable {
  readonly address: string;
  stolen = 0;
  readonly #target: Endpoint;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #wanted: number | undefined;

  private constructor(target: Endpoint, server: Server, port: number) {
    this.#target = target;
    this.#server = server;
    this.address = `${loopback}:${port}`;
    server.on("connection", (client) => this.#carry(client));
  }

  static async start(target: Endpoint): Promise<ReplyThief> {
    const [port = 0] = await freePorts(1);
    const server = createServer({ noDelay: true });
    server.listen(port, loopback);
    await once(server, "listening");
    return new ReplyThief(target, server, port);
  }

  /** Of the next request of this kind. */
  steal(kind: keyof typeof operation): void {
    this.#wanted = operation[kind];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    const both = [client, server];
    const cut = () => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
    let number: number | undefined;
    eachFrame(client, (frame, isGreeting) => {
      if (!isGreeting && this.#wanted === frame.readInt32BE(8)) {
        this.#wanted = undefined;
        number = frame.readInt32BE(4);
      }
      server.write(frame);
    });
    eachFrame(server, (frame, isGreeting) => {
      if (isGreeting || number === undefined || frame.readInt32BE(4) !== number) {
        client.write(frame);
        return;
      }
      this.stolen += 1;
      cut();
    });
  }
}

/** Each with its length in front. The first one of each side, the greeting, has no number. */
function eachFrame(socket: Socket, take: (frame: Buffer, isGreeting: boolean) => void): void {
  let held = Buffer.alloc(0);
  let isGreeting = true;
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readInt32BE(0) + 4) {
      const frame = held.subarray(0, held.readInt32BE(0) + 4);
      held = held.subarray(frame.length);
      take(frame, isGreeting);
      isGreeting = false;
    }
  });
}
