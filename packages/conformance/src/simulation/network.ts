import {
  type Answer,
  type Link,
  LinkError,
  type MemoryServer,
  type Notice,
  newClientName,
  type Request,
  type Road,
  type ServerConnection,
} from "@coord/memory";

export type Direction = "requests" | "replies" | "both";

/** Where a message's journey ends: the client's end may be a process that can be stopped. */
interface Ends {
  /** Runs it when the virtual or real time has come. */
  readonly later: (delayMs: number, happen: () => void) => void;
  /** Runs it in the client's process. */
  readonly atClient: (happen: () => void) => void;
  readonly latencyMs: () => number;
  /** How much later a request arrives that was on its way when its client gave the connection up; `undefined`: never. */
  readonly lateByMs: () => number | undefined;
}

/** One client's network: delays what it carries, and can be stalled, reset and closed to new connections. */
export class Network implements Link {
  readonly #server: MemoryServer;
  readonly #ends: Ends;
  readonly #client = newClientName();
  readonly #stalled = { requests: false, replies: false };
  #roads: SimulatedRoad[] = [];
  #opened = 0;
  #refusing = false;

  constructor(server: MemoryServer, ends: Ends) {
    this.#server = server;
    this.#ends = ends;
  }

  open(receive: (notice: Notice) => void): Road {
    this.#opened += 1;
    const road: SimulatedRoad = new SimulatedRoad(this.#ends, this.#stalled, () => this.#refusing, {
      connection: this.#server.connect(this.#client, this.#opened, (notice) => road.push(notice)),
      receive,
    });
    this.#roads = [...this.#roads.filter((other) => !other.over), road];
    return road;
  }

  /** A black hole: nothing passes in this direction and nobody is told. */
  stall(direction: Direction = "both"): void {
    if (direction !== "replies") this.#stalled.requests = true;
    if (direction !== "requests") this.#stalled.replies = true;
  }

  /** The end of every trouble; what was held up in a black hole and still has a connection goes on. */
  heal(): void {
    this.#stalled.requests = false;
    this.#stalled.replies = false;
    this.#refusing = false;
    for (const road of this.#roads) road.flow();
  }

  /** Every connection breaks, and both ends know. */
  reset(): void {
    for (const road of this.#roads) road.breakDown();
  }

  /** New connections are refused from now on, and those that exist break. */
  refuse(): void {
    this.#refusing = true;
    this.reset();
  }
}

interface Message {
  readonly arrive: () => void;
  /** How long it travels once nothing holds it up. */
  readonly travelMs: number;
  ripe: boolean;
}

/** What travels one way, in order. */
class Lane {
  readonly #ends: Ends;
  readonly #stalled: () => boolean;
  #held: Message[] = [];
  #travelling: Message[] = [];

  constructor(ends: Ends, stalled: () => boolean) {
    this.#ends = ends;
    this.#stalled = stalled;
  }

  get empty(): boolean {
    return this.#held.length + this.#travelling.length === 0;
  }

  send(arrive: () => void): void {
    this.#held.push({ arrive, travelMs: this.#ends.latencyMs(), ripe: false });
    this.flow();
  }

  /** Lets go what no black hole holds any more. */
  flow(): void {
    if (this.#stalled()) return;
    for (const message of this.#held.splice(0)) {
      this.#travelling.push(message);
      this.#ends.later(message.travelMs, () => this.#ripen(message));
    }
  }

  /** The client has turned away: what it sent is lost from some point on, and what is not, arrives late. */
  scatter(): void {
    const sent = [...this.#travelling.splice(0), ...this.#held.splice(0)];
    for (const { arrive } of sent) {
      const travelMs = this.#ends.lateByMs();
      if (travelMs === undefined) break;
      this.#held.push({ arrive, travelMs, ripe: false });
    }
    this.flow();
  }

  clear(): void {
    this.#held = [];
    this.#travelling = [];
  }

  /** A message waits for those that were sent before it; a black hole that has opened meanwhile takes them back. */
  #ripen(message: Message): void {
    message.ripe = true;
    if (this.#stalled()) this.#held.unshift(...this.#travelling.splice(0).map((other) => ({ ...other, ripe: false })));
    while (this.#travelling[0]?.ripe) this.#travelling.shift()?.arrive();
  }
}

/** How long the server keeps a connection on which it hears nothing. */
const serverPatienceMs = 10_000;

class SimulatedRoad implements Road {
  readonly #ends: Ends;
  readonly #refusing: () => boolean;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #connection: ServerConnection;
  readonly #receive: (notice: Notice) => void;
  readonly #waiting = new Set<(error: LinkError) => void>();
  #broken = false;

  constructor(
    ends: Ends,
    stalled: { readonly requests: boolean; readonly replies: boolean },
    refusing: () => boolean,
    { connection, receive }: { readonly connection: ServerConnection; readonly receive: (notice: Notice) => void },
  ) {
    this.#ends = ends;
    this.#connection = connection;
    this.#receive = receive;
    this.#refusing = refusing;
    this.#up = new Lane(ends, () => stalled.requests);
    this.#down = new Lane(ends, () => stalled.replies);
  }

  get over(): boolean {
    return this.#broken && this.#up.empty;
  }

  exchange(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#broken || this.#refusing()) {
        const arrived = this.#refusing() ? "no" : "maybe";
        this.#ends.later(this.#ends.latencyMs(), () => this.#ends.atClient(() => reject(new LinkError(arrived))));
        return;
      }
      this.#waiting.add(reject);
      this.#up.send(() => {
        const answer = this.#connection.serve(request);
        if (this.#broken || !answer) return;
        this.#down.send(() => {
          this.#waiting.delete(reject);
          this.#ends.atClient(() => resolve(answer));
        });
      });
    });
  }

  push(notice: Notice): void {
    if (!this.#broken) this.#down.send(() => this.#ends.atClient(() => this.#receive(notice)));
  }

  /** The client turns away: the last thing it sends says so. If that gets lost, the server finds out by itself. */
  close(): void {
    if (!this.#broken) this.#up.send(() => this.#connection.close());
    this.abandon();
    this.#ends.later(serverPatienceMs, () => this.#connection.close());
  }

  flow(): void {
    this.#up.flow();
    this.#down.flow();
  }

  /** Both ends find out: whoever waits for an answer is told that there will be none. */
  breakDown(): void {
    this.abandon();
    for (const reject of this.#waiting) this.#ends.atClient(() => reject(new LinkError("maybe")));
    this.#waiting.clear();
  }

  /** The client has turned away. Answers are lost; a request on its way may still arrive, even much later. */
  abandon(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#up.scatter();
    this.#down.clear();
  }
}
