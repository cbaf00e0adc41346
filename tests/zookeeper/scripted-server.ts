import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { loopback } from "../testbed/endpoint.ts";
import { freePorts } from "../testbed/free-ports.ts";

export interface ClientRequest {
  readonly xid: number;
  readonly type: number;
}

/** The bytes that answer a request, with their length in front; nothing for no answer. */
export type Script = (request: ClientRequest) => Buffer | undefined;

/** How long a session that asks for so long is granted on the connection of this number, from 1 on. */
export type Grant = (askedMs: number, connection: number) => number;

/**
 * A server that opens a session for everybody and then says what a real one never would, to see that a client survives
 * it. Heartbeats and pings are answered as they should be, unless the script has its own way with everything.
 */
export class ScriptedServer implements AsyncDisposable {
  readonly address: string;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number, script: Script, grant: Grant) {
    this.#server = server;
    this.address = `${loopback}:${port}`;
    server.on("connection", (socket) => this.#serve(socket, script, grant));
  }

  static async start(script: Script, grant: Grant = (askedMs) => askedMs): Promise<ScriptedServer> {
    const [port = 0] = await freePorts(1);
    const server = createServer({ noDelay: true });
    server.listen(port, loopback);
    await once(server, "listening");
    return new ScriptedServer(server, port, script, grant);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, script: Script, grant: Grant): void {
    this.connections += 1;
    const connection = this.connections;
    this.#sockets.add(socket);
    let held = Buffer.alloc(0);
    let opened = false;
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= held.readInt32BE(0) + 4) {
        const frame = held.subarray(4, held.readInt32BE(0) + 4);
        held = held.subarray(frame.length + 4);
        if (!opened) {
          opened = true;
          socket.write(welcome(grant(frame.readInt32BE(12), connection)));
          continue;
        }
        const bytes = script({ xid: frame.readInt32BE(0), type: frame.readInt32BE(4) });
        if (bytes) socket.write(bytes);
      }
    });
  }
}

/** A session of this length, always the same one. */
function welcome(timeoutMs: number): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 4 + 8 + 4 + 16);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(timeoutMs, 8);
  bytes.writeBigInt64BE(0x1234n, 12);
  bytes.writeInt32BE(16, 20);
  return bytes;
}

/** An answer: its number, the transaction, an error or 0, and what follows. */
export function answer(xid: number, code: number, body: Buffer = Buffer.alloc(0), zxid = 1n): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeInt32BE(16 + body.length, 0);
  bytes.writeInt32BE(xid, 4);
  bytes.writeBigInt64BE(zxid, 8);
  bytes.writeInt32BE(code, 16);
  return Buffer.concat([bytes, body]);
}
