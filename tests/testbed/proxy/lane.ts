import type { Socket } from "node:net";
import type { Wire } from "./wire.ts";

/** What a sender sent, and when: bytes, or that it closes, in one of two ways. */
type Sent = { readonly at: number } & ({ readonly bytes: Buffer } | { readonly close: "end" | "reset" });

/** As much as this is read ahead of a receiver that is not reading, or of a stall; the rest waits at the sender. */
const readAhead = 1 << 20;

/** One direction of one connection: what comes from one socket goes to the other, in order, as the wire lets it. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #wire: Wire;
  readonly #cut: () => void;
  readonly #queue: Sent[] = [];
  #held = 0;
  #busy = false;
  #halted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, wire: Wire, cut: () => void) {
    this.#from = from;
    this.#to = to;
    this.#wire = wire;
    this.#cut = cut;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => this.finish());
    from.on("error", () => this.#add({ at: performance.now(), close: "reset" }));
  }

  /** Passes on what may pass now. To be called when the wire has changed. */
  advance(): void {
    clearTimeout(this.#timer);
    const [sent] = this.#queue;
    if (sent === undefined || this.#busy || this.#halted || this.#wire.stalled) return;
    const wait = sent.at + this.#wire.delayMs - performance.now();
    if (this.#wire.delayMs > 0 && wait > 0) {
      this.#timer = setTimeout(() => this.advance(), wait);
      return;
    }
    this.#queue.shift();
    if ("bytes" in sent) this.#pass(sent.bytes);
    else this.#close(sent.close);
  }

  /** Nothing passes any more; what was written to the receiver before still reaches it. */
  halt(): void {
    this.#halted = true;
    this.#hold(-this.#held);
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#from.pause();
  }

  /** Halts, but goes on reading, so that the sender can go on sending. */
  discard(): void {
    this.halt();
    this.#from.resume();
  }

  /** Resets the sender's side, and what it sent still passes. */
  loseSender(): void {
    reset(this.#from);
  }

  /** As if the sender ended now. */
  finish(): void {
    this.#add({ at: performance.now(), close: "end" });
  }

  /** Halts, and resets the sender's side. */
  reset(): void {
    this.halt();
    reset(this.#from);
  }

  /** A reset can still follow an end. */
  #close(how: "end" | "reset"): void {
    if (how === "reset") reset(this.#to);
    else this.#to.end();
    this.advance();
  }

  #take(bytes: Buffer): void {
    if (this.#halted) return;
    this.#hold(bytes.length);
    if (this.#held > readAhead) this.#from.pause();
    this.#add({ at: performance.now(), bytes });
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    this.#wire.held += bytes;
  }

  #add(sent: Sent): void {
    if (this.#halted) return;
    this.#queue.push(sent);
    this.advance();
  }

  #pass(bytes: Buffer): void {
    const admitted = bytes.subarray(0, this.#wire.admit(bytes.length));
    const last = this.#wire.takeCut();
    this.#busy = true;
    if (!this.#to.destroyed) this.#wire.passed += admitted.length;
    this.#to.write(admitted, () => {
      if (last) this.#cut();
      else this.#passed(bytes.length);
    });
  }

  #passed(count: number): void {
    this.#busy = false;
    if (this.#halted) return;
    this.#hold(-count);
    if (this.#held <= readAhead) this.#from.resume();
    this.advance();
  }
}

/** A reset waits for nothing, not even for bytes under way. While an end is under way it can only be closed. */
function reset(socket: Socket): void {
  const ending = socket.writableEnded && !socket.writableFinished;
  if (ending) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
