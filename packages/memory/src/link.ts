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
  /** Takes a request to the server and brings the answer back. Rejects with a `LinkError`, or never settles. */
  exchange(request: Request): Promise<Answer>;
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

/** Within one process nothing gets lost; it only doesn't happen at once. */
export function directLink(server: StoreServer, runtime: Runtime): Link {
  const client = newClientName();
  let connections = 0;
  let calls = 0;
  return {
    open(receive) {
      connections += 1;
      const connection = server.connect(client, connections, (notice) => queueMicrotask(() => receive(notice)));
      return {
        async exchange(request) {
          calls += 1;
          await (calls % callsPerTurn === 0
            ? new Promise<void>((resolve) => void runtime.timer(0, resolve))
            : undefined);
          const answer = connection.serve(request);
          if (!answer) throw new LinkError("maybe");
          const saving = connection.saved();
          if (saving) await saving;
          return answer;
        },
        close: () => connection.close(),
      };
    },
  };
}
