import type { Socket } from "node:net";
import { type Answer, notSent } from "./answers.ts";
import { Approach } from "./approach.ts";
import { inOneTurn } from "./endpoints.ts";
import { Frames, isCut } from "./frames.ts";
import { MalformedError } from "./jute.ts";
import {
  authRequest,
  type ConnectionManager,
  connectRequest,
  inherited,
  libraryRequest,
  newConnectionManager,
  noSession,
  numberInCircles,
  type Packet,
  pingRequest,
  state,
} from "./library.ts";
import type { WireListener, WireOptions } from "./options.ts";
import { Queue } from "./queue.ts";
import { copyZxid, Replies, settling } from "./replies.ts";
import type { Request } from "./request.ts";
import { closeSession } from "./requests.ts";
import { Watchdog } from "./watchdog.ts";

const handshakeBytes = 1_024;

/**
 * One session's connection to an ensemble: the connection of `node-zookeeper-client`, with everything overridden from outside
 * that would let it hang, lie or fall over. It holds one server at a time, and goes to another one with the same session when
 * that falls silent, breaks off or talks nonsense; when the session is over, so is the wire.
 */
export class Wire {
  readonly #options: WireOptions;
  readonly #listener: WireListener;
  readonly #manager: ConnectionManager;
  readonly #inherited: ConnectionManager;
  readonly #frames: Frames;
  /** Sent, and not answered yet. */
  readonly #pending = new Queue<Packet>();
  readonly #unsent = new Queue<Packet>();
  readonly #replies: Replies;
  readonly #approach: Approach;
  readonly #watchdog: Watchdog;
  #ended = false;
  #closing = false;
  #connectSentMs = 0;
  #saw: (zxid: bigint) => void = () => {};
  #seenZxid = 0n;

  constructor(options: WireOptions, listener: WireListener) {
    this.#options = options;
    this.#listener = listener;
    this.#approach = new Approach(options, {
      opened: (socket) => this.#opened(socket),
      greet: () => this.#greet(),
      failed: () => this.#closed(true),
    });
    this.#watchdog = new Watchdog(options.runtime, {
      oldest: () => this.#pending.first,
      ping: () => this.#write(() => this.#manager.queue(pingRequest())),
      giveUp: (cause) => this.giveUp(cause),
    });
    this.#replies = new Replies(this.#pending, {
      event: (event) => listener.event(event),
      seen: (zxid, frame) => {
        copyZxid(frame, this.#manager.zxid);
        this.#seenZxid = zxid;
        this.#saw(zxid);
      },
      refused: (why) => {
        if (why === "auth") this.#enter(state.authFailed);
        else this.giveUp(new Error("the session is another server's now"));
      },
    });
    this.#manager = newConnectionManager(options.sessionTimeoutMs);
    this.#inherited = inherited(this.#manager);
    this.#frames = new Frames(() =>
      this.#manager.state === state.connecting ? handshakeBytes : this.#replies.longest(options.maxReplyBytes),
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

  /** The last transaction that a server of this session has shown. Any other one that takes the session has it, too. */
  get seenZxid(): bigint {
    return this.#seenZxid;
  }

  /** What went wrong last on the way to a server. */
  get trouble(): unknown {
    return this.#approach.trouble;
  }

  start(): void {
    this.#manager.connect();
  }

  /** Sends at once; answers come in the order of the requests. There must be a connection. */
  send<T>(request: Request<T>): Promise<Answer<T>> {
    if (!this.up) return Promise.reject(notSent);
    return new Promise((resolve, reject) => {
      const settle = settling(request, resolve, reject) as Packet["callback"];
      this.#write(() => this.#manager.queue(libraryRequest(request), settle));
    });
  }

  /** This connection is no good: breaks it off and goes on to the next server. */
  giveUp(cause: unknown): void {
    this.#approach.blame(cause);
    this.#manager.socket?.destroy();
  }

  /**
   * From now on the session is only to be ended: each connection asks for that first, whether its answers come through or not. What it
   * has seen doesn't matter any more, so that a server that is behind takes it, too.
   */
  closing(): void {
    this.#closing = true;
  }

  /** Ends the wire without a word to the server. Whatever waits for an answer is told that there will be none. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#approach.stop();
    this.#watchdog.stop();
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
    this.#approach.begin(this.#manager.sessionTimeout);
  }

  #opened(socket: Socket): void {
    const manager = this.#manager;
    this.#frames.clear();
    manager.socket = socket;
    const current = () => manager.socket === socket;
    socket.on("data", (chunk: Buffer) => current() && manager.onSocketData(chunk));
    socket.on("drain", () => current() && manager.onSocketDrain());
    socket.on("close", (hadError) => current() && manager.onSocketClosed(hadError));
  }

  #greet(): void {
    const manager = this.#manager;
    this.#connectSentMs = this.#options.runtime.now();
    this.#judge();
    if (this.#closing) manager.zxid = Buffer.alloc(8);
    manager.socket?.write(connectRequest(manager));
    if (this.#closing) manager.socket?.write(libraryRequest(closeSession()).toBuffer());
  }

  /** A session of which nothing was shown yet is as new as when it was asked for, whichever connection shows something first. */
  #judge(): void {
    const newSession = this.sessionId === noSession;
    if (newSession || this.#seenZxid > 0n) this.#saw = this.#options.lineage.connecting({ newSession });
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
    this.#approach.arrived();
    this.#watchdog.start(this.#manager.sessionTimeout);
    for (const each of this.#options.credentials) this.#write(() => this.#manager.queue(authRequest(each)));
    this.#listener.up();
  }

  #over(why: "expired" | "auth"): void {
    this.end();
    this.#listener.over(why);
  }

  #write(queue: () => void): void {
    const { socket } = this.#manager;
    this.#watchdog.sent();
    if (socket) inOneTurn(socket);
    queue();
  }

  #received(chunk: Buffer): void {
    this.#watchdog.read();
    try {
      for (const frame of this.#frames.take(chunk)) {
        if (this.#manager.state !== state.connecting) this.#replies.take(frame);
        else if (isCut(frame)) throw new MalformedError(`a welcome of ${frame.readInt32BE(0)} bytes`);
        else this.#inherited.onSocketData.call(this.#manager, frame);
        if (this.#ended) return;
      }
    } catch (error) {
      this.giveUp(error);
    }
  }

  #closed(hadError: boolean): void {
    const manager = this.#manager;
    const wasUp = manager.state === state.connected;
    this.#watchdog.stop();
    this.#frames.clear();
    manager.pendingBuffer = null;
    this.#dropUnsent();
    manager.socket = undefined;
    if (this.#ended) return this.#inherited.onSocketClosed.call(manager, hadError);
    const { roundFailed, turnedAway } = this.#approach.ended(manager.sessionTimeout);
    this.#inherited.onSocketClosed.call(manager, hadError); // settles what was under way, and connects anew
    if (wasUp) this.#listener.down();
    else if (roundFailed) this.#listener.unreachable(this.trouble, turnedAway);
  }

  /** What still waits for the socket to drain was not sent. */
  #dropUnsent(): void {
    for (const { callback } of this.#unsent.drain()) callback(notSent);
  }
}
