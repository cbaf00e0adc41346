/** How a client reaches the server: each connection is a road of its own. */
export interface Link {
  open(): Road;
}

/**
 * One connection. It may lose and delay what it carries, but what arrives does so in the order in which it was sent,
 * as over TCP.
 */
export interface Road {
  /**
   * Takes a request to the server, where `serve` runs, and brings the answer back. Rejects with what `serve` threw, or
   * with a `LinkError`; it may also never settle.
   */
  exchange<T>(serve: () => T): Promise<T>;
  /** Takes something that the server sends by itself to the client. */
  push(deliver: () => void): void;
}

/** The road failed; `arrived` says whether the request may have reached the server. */
export class LinkError extends Error {
  readonly arrived: "no" | "maybe";

  constructor(arrived: "no" | "maybe") {
    super(arrived === "no" ? "the connection was refused" : "the connection broke");
    this.arrived = arrived;
  }
}

const directRoad: Road = {
  exchange: async (serve) => {
    await undefined;
    return serve();
  },
  push: (deliver) => queueMicrotask(deliver),
};

/** Within one process nothing gets lost; it only doesn't happen at once. */
export const directLink: Link = { open: () => directRoad };
