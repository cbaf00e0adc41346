import type { RigNetwork } from "@coord/conformance";
import { type Answer, type Link, LinkError, type Notice, type Request, type Road } from "@coord/memory";

type Direction = Parameters<RigNetwork["stall"]>[0];

/** A link that can be stalled, reset and closed, in real time. What it carries stays in order. */
export class FaultyLink implements Link, RigNetwork {
  readonly #link: Link;
  readonly #stalled = { requests: false, replies: false };
  readonly #roads = new Set<FaultyRoad>();
  #refusing = false;

  constructor(link: Link) {
    this.#link = link;
  }

  open(receive: (notice: Notice) => void): Road {
    const road: FaultyRoad = new FaultyRoad(
      this.#link.open((notice) => road.down.send(() => receive(notice))),
      this.#stalled,
      () => this.#refusing,
      () => this.#roads.delete(road),
    );
    this.#roads.add(road);
    return road;
  }

  stall(direction: Direction = "both"): void {
    if (direction !== "replies") this.#stalled.requests = true;
    if (direction !== "requests") this.#stalled.replies = true;
  }

  reset(): void {
    for (const road of [...this.#roads]) road.breakDown();
  }

  refuse(): void {
    this.#refusing = true;
    this.reset();
  }

  heal(): void {
    this.#stalled.requests = false;
    this.#stalled.replies = false;
    this.#refusing = false;
    for (const road of this.#roads) road.flow();
  }
}

/** What travels one way, held up while that is stalled. */
class Lane {
  readonly #stalled: () => boolean;
  #held: (() => void)[] = [];

  constructor(stalled: () => boolean) {
    this.#stalled = stalled;
  }

  send(arrive: () => void): void {
    this.#held.push(arrive);
    this.flow();
  }

  flow(): void {
    while (!this.#stalled()) {
      const arrive = this.#held.shift();
      if (!arrive) return;
      arrive();
    }
  }

  clear(): void {
    this.#held = [];
  }
}

class FaultyRoad implements Road {
  readonly down: Lane;
  readonly #road: Road;
  readonly #up: Lane;
  readonly #refusing: () => boolean;
  readonly #over: () => void;
  readonly #waiting = new Set<(error: LinkError) => void>();
  #broken = false;

  constructor(
    road: Road,
    stalled: { readonly requests: boolean; readonly replies: boolean },
    refusing: () => boolean,
    over: () => void,
  ) {
    this.#road = road;
    this.#refusing = refusing;
    this.#over = over;
    this.#up = new Lane(() => stalled.requests);
    this.down = new Lane(() => stalled.replies);
  }

  exchange(request: Request): Promise<Answer> {
    if (this.#refusing() || this.#broken) return Promise.reject(new LinkError("no"));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (finish: () => void) =>
        this.down.send(() => {
          this.#waiting.delete(reject);
          finish();
        });
      this.#up.send(() =>
        Promise.resolve(this.#road.exchange(request)).then(
          (answer) => settle(() => resolve(answer)),
          (error) => settle(() => reject(error)),
        ),
      );
    });
  }

  close(): void {
    this.#end();
    this.#road.close();
  }

  /** Both ends know, and what was under way is lost. */
  breakDown(): void {
    this.close();
    for (const reject of this.#waiting) reject(new LinkError("maybe"));
    this.#waiting.clear();
  }

  flow(): void {
    this.#up.flow();
    this.down.flow();
  }

  #end(): void {
    this.#broken = true;
    this.#up.clear();
    this.down.clear();
    this.#over();
  }
}
