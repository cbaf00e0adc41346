import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Endpoint, loopback } from "../testbed/endpoint.ts";
import { freePorts } from "../testbed/free-ports.ts";

/** ZooKeeper's numbers of the operations that tests have to do with. */
export const operation = {
  create: 1,
  remove: 2,
  setData: 5,
  multi: 14,
  createContainer: 19,
  multiRead: 22,
  addWatch: 106,
  closeSession: -11,
} as const;

export type Operation = keyof typeof operation;

/** What a request is, behind the greeting of its connection. */
export const typeOf = (frame: Buffer): number => frame.readInt32BE(8);
export const numberOf = (frame: Buffer): number => frame.readInt32BE(4);
export const withType = (frame: Buffer, type: number): Buffer => {
  const changed = Buffer.from(frame);
  changed.writeInt32BE(type, 8);
  return changed;
};

/** What becomes of the frames of one connection. `pass` sends one on; `cut` breaks the connection. */
export interface Interceptor {
  request?(frame: Buffer, pass: (frame: Buffer) => void): void;
  answer?(frame: Buffer, pass: (frame: Buffer) => void, cut: () => void): void;
}

/** A way to a server on which whole frames can be looked at, held back, changed and lost. Greetings always pass. */
export class FrameProxy implements AsyncDisposable {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.address = `${loopback}:${port}`;
  }

  /** @param intercept called for each connection */
  static async start(target: Endpoint, intercept: () => Interceptor): Promise<FrameProxy> {
    const [port = 0] = await freePorts(1);
    const server = createServer({ noDelay: true });
    const proxy = new FrameProxy(server, port);
    server.on("connection", (client) => proxy.#carry(client, target, intercept()));
    server.listen(port, loopback);
    await once(server, "listening");
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(client: Socket, target: Endpoint, interceptor: Interceptor): void {
    const server = connect({ ...target, noDelay: true });
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
    const toServer = (frame: Buffer) => void server.write(frame);
    const toClient = (frame: Buffer) => void client.write(frame);
    eachFrame(client, (frame, isGreeting) => {
      if (isGreeting || !interceptor.request) toServer(frame);
      else interceptor.request(frame, toServer);
    });
    eachFrame(server, (frame, isGreeting) => {
      if (isGreeting || !interceptor.answer) toClient(frame);
      else interceptor.answer(frame, toClient, cut);
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
