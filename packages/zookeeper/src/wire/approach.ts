import type { Socket } from "node:net";
import type { Runtime, Timer } from "@coord/core/spi";
import { type Endpoint, hostPort, openSocket, type TlsOptions } from "./endpoints.ts";
import { Route } from "./route.ts";

export interface ApproachOptions {
  readonly servers: readonly Endpoint[];
  readonly tls: TlsOptions | undefined;
  readonly runtime: Runtime;
}

export interface Approached {
  /** There is a socket, which can't be written to yet. */
  opened(socket: Socket): void;
  /** It can: now it is the client's turn to speak. */
  greet(): void;
  /** There was not even a socket. */
  failed(): void;
}

const shortestHandshakeMs = 1_000;

/** The way to the next server: a pause where one is due, the socket, TLS and the answer to the greeting, which have one limit together. */
export class Approach {
  readonly #runtime: Runtime;
  readonly #tls: TlsOptions | undefined;
  readonly #route: Route;
  readonly #approached: Approached;
  #pause: Timer | undefined;
  #limit: Timer | undefined;
  #server: Endpoint | undefined;
  #greeted = false;
  #arrivedBefore = false;
  #arrivedMs: number | undefined;
  #trouble: unknown;
  #blamed = false;

  constructor({ servers, tls, runtime }: ApproachOptions, approached: Approached) {
    this.#runtime = runtime;
    this.#tls = tls;
    this.#route = new Route(servers, runtime);
    this.#approached = approached;
  }

  /** What went wrong last. */
  get trouble(): unknown {
    return this.#trouble;
  }

  begin(sessionTimeoutMs: number): void {
    const pauseMs = this.#route.pauseMs(Math.max(20, Math.min(1_000, sessionTimeoutMs / 10)));
    this.#pause = this.#runtime.timer(pauseMs, () => this.#open(sessionTimeoutMs));
  }

  /** The server has answered the greeting. */
  arrived(): void {
    this.#limit?.cancel();
    this.#arrivedBefore = true;
    this.#arrivedMs = this.#runtime.now();
  }

  /** The connection is no good, for this reason. */
  blame(cause: unknown): void {
    this.#trouble = cause;
    this.#blamed = true;
  }

  /**
   * The socket is closed. A connection that ended so soon that the server seems to hang up on everybody counts as a failure, too.
   * @returns whether all servers have failed now, one after the other, and whether this one hung up on the greeting
   */
  ended(sessionTimeoutMs: number): { readonly roundFailed: boolean; readonly turnedAway: boolean } {
    this.stop();
    const livedMs = this.#arrivedMs === undefined ? 0 : this.#runtime.now() - this.#arrivedMs;
    const turnedAway = this.#greeted && this.#arrivedMs === undefined;
    if (turnedAway && this.#server && !this.#blamed) {
      this.blame(
        new Error(`${hostPort(this.#server)} hung up on the session: it doesn't serve, or is behind what was seen`),
      );
    }
    this.#route.ended({ soon: livedMs <= sessionTimeoutMs / 3 });
    return { roundFailed: this.#route.roundFailed, turnedAway };
  }

  stop(): void {
    this.#pause?.cancel();
    this.#limit?.cancel();
  }

  #open(sessionTimeoutMs: number): void {
    const server = this.#route.next();
    if (!server) return;
    this.#server = server;
    this.#greeted = false;
    this.#arrivedMs = undefined;
    this.#blamed = false;
    try {
      const socket = openSocket(server, this.#tls, () => {
        this.#greeted = true;
        this.#approached.greet();
      });
      this.#limitTo(this.#limitMs(sessionTimeoutMs), server, socket);
      socket.on("error", (error) => this.blame(new Error(`${hostPort(server)}: ${error.message}`, { cause: error })));
      this.#approached.opened(socket);
    } catch (error) {
      this.blame(error);
      this.#approached.failed();
    }
  }

  #limitTo(limitMs: number, server: Endpoint, socket: Socket): void {
    this.#limit = this.#runtime.timer(limitMs, () => {
      this.blame(new Error(`${hostPort(server)} did not open a session within ${Math.round(limitMs)} ms`));
      socket.destroy();
    });
  }

  #limitMs(sessionTimeoutMs: number): number {
    return this.#arrivedBefore
      ? Math.max(100, sessionTimeoutMs / 4)
      : Math.max(shortestHandshakeMs, sessionTimeoutMs / this.#route.length);
  }
}
