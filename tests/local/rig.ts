import type { Rig } from "@coord/conformance";
import { type Backend, type Runtime, systemRuntime } from "@coord/core/spi";
import { LocalServer } from "@coord/local";
import { directLink, type LinkMaker, linkedStore, portLink, processPort, traitsOf } from "@coord/memory";
import { FaultyLink } from "./faulty-link.ts";
import type { Process } from "./process.ts";

/** Clients of an embedded store, each with a way to it that can be cut. */
export class LocalRig implements Rig, AsyncDisposable {
  readonly runtime = systemRuntime;
  readonly ttlMs = 3_000;
  readonly lateMs = 500;
  readonly promptMs = 500;
  /** An operator's hand, beside all clients. */
  readonly #operator: LocalServer;
  readonly #link: () => Promise<LinkMaker>;

  /** @param link the way of one more client */
  constructor(folder: string, link: (operator: LocalServer) => Promise<LinkMaker>) {
    this.#operator = new LocalServer({ path: folder });
    this.#link = () => link(this.#operator);
  }

  async client() {
    const network = new FaultyLink((await this.#link())(this.runtime));
    return { backend: over(network), network };
  }

  async expire(sessionId: string): Promise<void> {
    this.#operator.endSession(sessionId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#operator.close();
  }
}

/** Each client beside all others, in this process. */
export const inThisProcess = async (operator: LocalServer): Promise<LinkMaker> => {
  return (runtime: Runtime) => directLink(operator, runtime);
};

/** Clients of one case, and there are seldom more than a few, each by another process. */
export function inProcessesOf(processes: readonly Process[]): () => Promise<LinkMaker> {
  let clients = 0;
  return async () => {
    clients += 1;
    const { child } = processes[clients % processes.length] ?? {};
    if (!child) throw new Error("there are no processes");
    return portLink(processPort(child));
  };
}

const over = (network: FaultyLink): Backend => ({
  endpoints: ["file:"],
  namespace: "",
  open: async ({ runtime }) => linkedStore(network, runtime, traitsOf("local")),
});
