/**
 * The road between one client and the server. It may lose and delay what it carries, but what it does carry arrives in
 * the order in which it was sent, as over one TCP connection.
 */
export interface Link {
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

/** Within one process nothing gets lost; it only doesn't happen at once. */
export const directLink: Link = {
  exchange: async (serve) => {
    await undefined;
    return serve();
  },
  push: (deliver) => queueMicrotask(deliver),
};
