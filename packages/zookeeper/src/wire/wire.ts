import type { Socket } from "node:net";
import type { Runtime, Timer } from "@coord/core/spi";
import { type Answer, notSent, RefusedError, UnansweredError } from "./answers.ts";
import { type Endpoint, hostPort, openSocket, type TlsOptions } from "./endpoints.ts";
import { Frames } from "./frames.ts";
import { MalformedError, Reader, Writer } from "./jute.ts";
import {
  type ConnectionManager,
  connectRequest,
  inherited,
  libraryRequest,
  newConnectionManager,
  numberInCircles,
  type Packet,
  state,
} from "./library.ts";
import { Queue } from "./queue.ts";
import { closeSession, errorCode, type Request, readEvent, type WatchEvent } from "./requests.ts";
import { Route } from "./route.ts";
import { Watchdog } from "./watchdog.ts";

export interface Credentials {
  readonly scheme: string;
  readonly auth: Buffer;
}

export interface WireOptions {
  readonly servers: readonly Endpoint[];
  readonly tls: TlsOptions | undefined;
  readonly credentials: readonly Credentials[];
  /** As asked for; the server decides. */
  readonly sessionTimeoutMs: number;
  readonly maxReplyBytes: number;
  readonly runtime: Runtime;
}

/** What a wire tells, each as it happens. */
export interface WireListener {
  /** There is a connection, of the same session as before if there was one. */
  up(): void;
  down(): void;
  /** No server of the list let itself be connected to, one after the other. It goes on trying. */
  unreachable(cause: unknown): void;
  /** The session is gone for good: the server said so, or refused the credentials. */
  over(why: "expired" | "auth"): void;
  event(event: WatchEvent): void;
}

const xid = { event: -1, ping: -2, auth: -4 } as const;
const opPing = 11;
const opAuth = 100;
const handshakeBytes = 1_024;
const shortestHandshakeMs = 1_000;

interface Reply {
  readonly frame: Buffer;
  readonly zxid: bigint;
}

type Callback = Packet["callback"];
type Waiting = (error: unknown, reply?: Reply) => void;

/**
 * One session's connection to an ensemble: the connection of `node-zookeeper-client`, with everything overridden from outside
 * that would let it hang, lie or fall over. It holds one server at a time, and goes to another one with the same session when
 * that falls silent, breaks off or talks nonsense; when the session is over, so is the wire.
 */
export class Wire {
  readonly #options: WireOptions;
  readonly #listener: WireListener;
  readonly #runtime: Runtime;
  readonly #manager: ConnectionManager;
  readonly #inherited: ConnectionManager;
  readonly #frames: Frames;
  /** Sent, and not answered yet. */
  readonly #pending = new Queue<Packet>();
  readonly #unsent = new Queue<Packet>();
  readonly #route: Route;
  readonly #watchdog: Watchdog;
  #ended = false;
  #closing = false;
  #opened = false;
  #lastError: unknown;
  #pauseTimer: Timer | undefined;
  #handshakeTimer: Timer | undefined;
  #connectSentMs = 0;
  #connectedMs = 0;

  constructor(options: WireOptions, listener: WireListener) {
    this.#options = options;
    this.#listener = listener;
    this.#runtime = options.runtime;
    this.#route = new Route(options.servers, options.runtime);
    this.#watchdog = new Watchdog(options.runtime, {
      oldest: () => this.#pending.first,
      ping: () => this.#write(() => this.#manager.queue(libraryRequest(xid.ping, opPing, Buffer.alloc(0)))),
      giveUp: (cause) => this.giveUp(cause),
    });
    this.#manager = newConnectionManager(options.sessionTimeoutMs);
    this.#inherited = inherited(this.#manager);
    this.#frames = new Frames(() =>
      this.#manager.state === state.connecting ? handshakeBytes : options.maxReplyBytes,
    );
    this.#override();
  }

  get up(): boolean {
    return this.#manager.state === state.connected && !this.#ended;
  }

  get sessionId(): bigint {
    return this.#manager.sessionId.readBigInt64BE(0);
  }

  /** As the server granted it. */
  get sessionTimeoutMs(): number {
    return this.#manager.sessionTimeout;
  }

  /** When this connection's first request was sent: at its arrival the server counted the session's time anew. */
  get connectSentMs(): number {
    return this.#connectSentMs;
  }

  /** What went wrong last on the way to a server. */
  get trouble(): unknown {
    return this.#lastError;
  }

  start(): void {
    this.#manager.connect();
  }

  /** Sends at once; answers come in the order of the requests. There must be a connection. */
  send<T>(request: Request<T>): Promise<Answer<T>> {
    if (!this.up) return Promise.reject(notSent);
    return new Promise((resolve, reject) => {
      const settle: Waiting = (error, reply) => {
        if (reply) return resolve({ zxid: reply.zxid, value: this.#read(request, reply, reject) });
        reject(error === notSent || error instanceof RefusedError ? error : new UnansweredError(true));
      };
      this.#write(() => this.#manager.queue(libraryRequest(0, request.type, request.body), settle as Callback));
    });
  }

  /** This connection is no good: breaks it off and goes on to the next server. */
  giveUp(cause: unknown): void {
    this.#lastError = cause;
    this.#manager.socket?.destroy();
  }

  /** From now on the session is only to be ended: each connection asks for that first, whether its answers come through or not. */
  closing(): void {
    this.#closing = true;
  }

  /** Ends the wire without a word to the server. Whatever waits for an answer is told that there will be none. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimers();
    const { socket } = this.#manager;
    this.#inherited.setState.call(this.#manager, state.closing);
    this.#dropUnsent();
    this.#inherited.cleanupPendingQueue.call(this.#manager, -4);
    socket?.destroy();
  }

  #override(): void {
    const manager = this.#manager;
    numberInCircles(manager);
    manager.pendingQueue = this.#pending;
    manager.packetQueue.queue = this.#unsent;
    manager.connect = () => this.#connect();
    manager.onSocketData = (chunk) => this.#received(chunk);
    manager.onSocketClosed = (hadError) => this.#closed(hadError);
    manager.onSocketTimeout = () => {}; // the package pings only a socket that reads nothing; the watchdog does it rightly
    manager.setState = (to) => this.#enter(to);
  }

  #connect(): void {
    this.#inherited.setState.call(this.#manager, state.connecting);
    const pauseMs = this.#route.pauseMs(Math.max(20, Math.min(1_000, this.#manager.sessionTimeout / 10)));
    this.#pauseTimer = this.#runtime.timer(pauseMs, () => this.#open());
  }

  #open(): void {
    const server = this.#route.next();
    if (!server || this.#ended) return;
    this.#frames.clear();
    const socket = openSocket(server, this.#options.tls, () => this.#greet());
    this.#manager.socket = socket;
    const limitMs = this.#handshakeMs();
    this.#handshakeTimer = this.#runtime.timer(limitMs, () =>
      this.giveUp(new Error(`${hostPort(server)} did not open a session within ${Math.round(limitMs)} ms`)),
    );
    this.#listen(socket, server);
  }

  #listen(socket: Socket, server: Endpoint): void {
    const manager = this.#manager;
    const current = () => manager.socket === socket;
    socket.on("data", (chunk: Buffer) => current() && manager.onSocketData(chunk));
    socket.on("drain", () => current() && manager.onSocketDrain());
    socket.on("close", (hadError) => current() && manager.onSocketClosed(hadError));
    socket.on("error", (error) => {
      this.#lastError = new Error(`${hostPort(server)}: ${error.message}`, { cause: error });
    });
  }

  /** One limit for all of it: the socket, TLS, and the answer of the server. */
  #handshakeMs(): number {
    const { sessionTimeout } = this.#manager;
    return this.#opened
      ? Math.max(100, sessionTimeout / 4)
      : Math.max(shortestHandshakeMs, sessionTimeout / this.#route.length);
  }

  #greet(): void {
    this.#connectSentMs = this.#runtime.now();
    this.#manager.socket?.write(connectRequest(this.#manager));
    if (this.#closing) this.#manager.socket?.write(libraryRequest(0, closeSession.type, closeSession.body).toBuffer());
  }

  #enter(to: number): void {
    const before = this.#manager.state;
    this.#inherited.setState.call(this.#manager, to);
    if (to === before || this.#ended) return;
    if (to === state.connected) this.#connected();
    if (to === state.expired) this.#over("expired");
    if (to === state.authFailed) this.#over("auth");
  }

  #connected(): void {
    this.#handshakeTimer?.cancel();
    this.#opened = true;
    this.#connectedMs = this.#runtime.now();
    this.#watchdog.start(this.#manager.sessionTimeout);
    for (const { scheme, auth } of this.#options.credentials) {
      const body = new Writer().int(0).text(scheme).bytes(auth).finish();
      this.#write(() => this.#manager.queue(libraryRequest(xid.auth, opAuth, body)));
    }
    this.#listener.up();
  }

  #over(why: "expired" | "auth"): void {
    this.end();
    this.#listener.over(why);
  }

  /** Requests of one turn leave together: one packet instead of many. */
  #write(queue: () => void): void {
    const { socket } = this.#manager;
    this.#watchdog.sent();
    if (socket && socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    queue();
  }

  #received(chunk: Buffer): void {
    this.#watchdog.read();
    try {
      for (const frame of this.#frames.take(chunk)) {
        if (this.#manager.state === state.connecting) this.#inherited.onSocketData.call(this.#manager, frame);
        else this.#reply(frame);
        if (this.#ended) return;
      }
    } catch (error) {
      this.giveUp(error);
    }
  }

  #reply(frame: Buffer): void {
    const header = new Reader(frame, 4);
    const [number, zxid, code] = [header.int(), header.long(), header.int()];
    if (number === xid.ping) return;
    if (number === xid.event) return this.#event(frame);
    if (number === xid.auth) return code === 0 ? undefined : this.#enter(state.authFailed);
    const packet = this.#pending.first;
    if (packet?.request.header?.xid !== number)
      throw new MalformedError(`an answer to request ${number}, which nobody awaits`);
    this.#pending.shift();
    if (zxid > 0n) this.#manager.zxid = Buffer.from(frame.subarray(8, 16));
    if (code === 0) packet.callback(null, { frame, zxid } satisfies Reply);
    else packet.callback(new RefusedError(code, zxid));
    if (code === errorCode.sessionMoved) this.giveUp(new RefusedError(code, zxid));
  }

  /** An answer that can't be read was one nevertheless: what it says happened, nobody knows. */
  #read<T>(request: Request<T>, { frame, zxid }: Reply, reject: (error: unknown) => void): T {
    try {
      return request.read(new Reader(frame, 20), zxid);
    } catch (malformed) {
      reject(new UnansweredError(true));
      throw malformed;
    }
  }

  #event(frame: Buffer): void {
    const event = readEvent(frame, 20);
    if (event) this.#listener.event(event);
  }

  #closed(hadError: boolean): void {
    const wasUp = this.#manager.state === state.connected;
    this.#stopTimers();
    this.#frames.clear();
    this.#manager.pendingBuffer = null;
    this.#dropUnsent();
    this.#manager.socket = undefined;
    if (this.#ended) return this.#inherited.onSocketClosed.call(this.#manager, hadError);
    const livedMs = wasUp ? this.#runtime.now() - this.#connectedMs : 0;
    this.#route.ended({ soon: livedMs <= this.#manager.sessionTimeout / 3 });
    this.#inherited.onSocketClosed.call(this.#manager, hadError); // settles what was under way, and connects anew
    if (wasUp) this.#listener.down();
    else if (this.#route.roundFailed) this.#listener.unreachable(this.#lastError);
  }

  /** What still waits for the socket to drain was not sent. */
  #dropUnsent(): void {
    for (let packet = this.#unsent.shift(); packet; packet = this.#unsent.shift()) packet.callback(notSent);
  }

  #stopTimers(): void {
    this.#pauseTimer?.cancel();
    this.#handshakeTimer?.cancel();
    this.#watchdog.stop();
  }
}
