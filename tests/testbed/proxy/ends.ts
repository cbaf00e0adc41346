import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Endpoint, loopback } from "../endpoint.ts";
import { eventually } from "../eventually.ts";
import { freePorts } from "../free-ports.ts";

/** How a socket was over: "ended" by the other side, or the code of the error it had. */
type Outcome = string;

/** What an end of a connection has seen. */
class Recorder {
  readonly chunks: Buffer[] = [];
  bytes = 0;
  outcome: Outcome | undefined;

  constructor(socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.bytes += chunk.length;
    });
    socket.on("end", () => {
      this.outcome ??= "ended";
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.outcome ??= error.code ?? error.message;
    });
  }
}

/** The client's end of a connection. */
export class TestClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #seen: Recorder;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#seen = new Recorder(socket);
  }

  get chunks(): Buffer[] {
    return this.#seen.chunks;
  }

  get over(): boolean {
    return this.#seen.outcome !== undefined;
  }

  text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  send(message: string | Buffer): void {
    this.#socket.write(message);
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async received(bytes: number): Promise<void> {
    await eventually(`${bytes} bytes have arrived`, () => {
      if (this.#seen.bytes < bytes) throw new Error(`${this.#seen.bytes} have`);
    });
  }

  async outcome(): Promise<Outcome> {
    return eventually("the connection is over", () => this.#seen.outcome ?? false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}

export async function dial(endpoint: Endpoint): Promise<TestClient> {
  const socket = connect({ ...endpoint, allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  return new TestClient(socket);
}

/** A server that keeps what it is sent; it answers with the same bytes, or not at all. */
export class TestServer implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #seen: Recorder[] = [];

  constructor(server: Server, endpoint: Endpoint, echoes: boolean) {
    this.#server = server;
    this.endpoint = endpoint;
    server.on("connection", (socket) => {
      this.#sockets.push(socket);
      this.#seen.push(new Recorder(socket));
      if (echoes) socket.pipe(socket);
    });
  }

  get bytes(): number {
    return this.#seen.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get outcomes(): Outcome[] {
    return this.#seen.flatMap(({ outcome }) => outcome ?? []);
  }

  /** Whether all it said, and that it hung up, is on its way. */
  get ended(): boolean {
    return this.#sockets.every((socket) => socket.writableFinished);
  }

  text(): string {
    return Buffer.concat(this.#seen.flatMap(({ chunks }) => chunks)).toString();
  }

  say(message: string): void {
    for (const socket of this.#sockets) socket.write(message);
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export function echoServer(): Promise<TestServer> {
  return serve(true);
}

export function silentServer(): Promise<TestServer> {
  return serve(false);
}

async function serve(echoes: boolean): Promise<TestServer> {
  const [port = 0] = await freePorts(1);
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(port, loopback);
  await once(server, "listening");
  return new TestServer(server, { host: loopback, port }, echoes);
}

/** A text that shows its place among others. */
export function messageOf(index: number): string {
  return `[${index}]`;
}
