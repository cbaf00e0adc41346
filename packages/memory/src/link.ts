import type { Runtime } from "@coord/core/spi";
import type { Answer, Notice, Request } from "./protocol.ts";
import type { StoreServer } from "./server.ts";

/** Makes the link of one client: the server knows a client by it, so no two clients share one. */
export type LinkMaker = (runtime: Runtime) => Link;

/** How a client reaches the server: each connection is a road of its own. */
export interface Link {
  open(receive: (notice: Notice) => void): Road;
}

/**
 * One connection. It may lose and delay what it carries, but what arrives does so in the order in which it was sent,
 * as over TCP.
 */
export interface Road {
  /**
   * Takes a request to the server and brings the answer back: at once, where the server is at hand and nothing is to be waited for.
   * Rejects with a `LinkError`, or never settles.
   */
  exchange(request: Request): Answer | Promise<Answer>;
  close(): void;
}

/** The road failed; `arrived` says whether the request may have reached the server. */
export class LinkError extends Error {
  readonly arrived: "no" | "maybe";

  constructor(
    arrived: "no" | "maybe",
    reason = arrived === "no" ? "the connection was refused" : "the connection broke",
  ) {
    super(reason);
    this.arrived = arrived;
  }
}

let clients = 0;

/** A name for a client of a server, by which the server knows its connections. */
export const newClientName = (): string => {
  clients += 1;
  return `client-${clients}`;
};

/** So that who calls without end leaves the event loop its turn, or no timer would fire and no session be renewed. */
const callsPerTurn = 1_000;

/** It has been done, and may or may not be kept: whatever the reason says, this is no refusal. */
const inDoubt = (error: unknown): never => {
  throw new LinkError("maybe", error instanceof Error ? error.message : String(error));
};

/** Within one process nothing gets lost. */
export function directLink(server: StoreServer, runtime: Runtime): Link {
  const client = newClientName();
  let connections = 0;
  let calls = 0;
  let turn: Promise<void> | undefined;
  /** Ends when all who waited for it have been served: nobody overtakes them. */
  const over = () => {
    calls = 0;
    turn = undefined;
  };
  const nextTurn = () =>
    new Promise<void>((resolve) => {
      runtime.timer(0, () => {
        resolve();
        queueMicrotask(over);
      });
    });
  return {
    open(receive) {
      connections += 1;
      const connection = server.connect(client, connections, (notice) => queueMicrotask(() => receive(notice)));
      const answered = (request: Request): Answer | Promise<Answer> => {
        const answer = connection.serve(request);
        if (!answer) throw new LinkError("maybe");
        const saving = connection.saved();
        return saving ? saving.then(() => answer, inDoubt) : answer;
      };
      return {
        exchange(request) {
          calls += 1;
          if (calls === callsPerTurn) turn = nextTurn();
          if (turn) return turn.then(() => answered(request));
          try {
            return answered(request);
          } catch (error) {
            return Promise.reject(error);
          }
        },
        close: () => connection.close(),
      };
    },
  };
}
