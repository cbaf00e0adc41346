import type { Socket } from "node:net";
import type { Endpoint } from "./endpoint.ts";
import { processWith, tableRow } from "./proxy/connection-table.ts";
import { Gate, onFreePort } from "./proxy/gate.ts";
import { Link } from "./proxy/link.ts";

/** A member of a cluster: its name, and where it listens for the others. */
export interface Peer {
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** A process that may be one of the members. */
interface Dialler {
  readonly name: string;
  readonly pid: number | undefined;
}

interface Way {
  readonly from: string;
  readonly to: string;
  readonly link: Link;
}

/**
 * The ways between members, each in front of a link of its own. All members must be told the same addresses, so each has
 * one gate for all who dial it; and as all dial from one address, it's the process that has the dialling socket which
 * tells who that is.
 */
export class PeerNetwork implements AsyncDisposable {
  readonly #ways: readonly Way[];
  readonly #gates = new Map<string, Gate>();
  readonly #cutOff = new Set<string>();
  #diallers: readonly Dialler[] = [];

  private constructor(peers: readonly Peer[]) {
    const waysTo = ({ name, endpoint }: Peer) =>
      peers.map((from): Way => ({ from: from.name, to: name, link: new Link(endpoint) }));
    this.#ways = peers.flatMap(waysTo);
  }

  static async among(peers: readonly Peer[]): Promise<PeerNetwork> {
    const network = new PeerNetwork(peers);
    await Promise.all(peers.map(({ name }) => network.#openGate(name)));
    return network;
  }

  /** The address that the others are to be told. */
  gateOf(name: string): Endpoint {
    const gate = this.#gates.get(name);
    if (gate === undefined) throw new Error(`${name} is no member of this network`);
    return gate.endpoint;
  }

  /** Who runs as which member. Nobody else gets through. */
  know(diallers: readonly Dialler[]): void {
    this.#diallers = diallers;
  }

  /** No byte passes between this member and any other, either way, until it rejoins; then all of it does. */
  cutOff(name: string): void {
    this.#cutOff.add(name);
    this.#apply();
  }

  rejoin(name: string): void {
    this.#cutOff.delete(name);
    this.#apply();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gate of this.#gates.values()) gate.refuse();
    for (const { link } of this.#ways) link.reset();
  }

  async #openGate(to: string): Promise<void> {
    this.#gates.set(to, await onFreePort((endpoint) => new Gate(endpoint, (client) => this.#welcome(client, to))));
  }

  #welcome(client: Socket, to: string): void {
    const from = this.#nameOf(client);
    const way = this.#ways.find((way) => way.from === from && way.to === to);
    if (way) way.link.welcome(client);
    else client.resetAndDestroy();
  }

  /** Undefined for a process that is none of the members, or that has gone meanwhile. */
  #nameOf({ localPort = 0, remotePort = 0 }: Socket): string | undefined {
    const row = tableRow(remotePort, localPort);
    const pids = this.#diallers.flatMap(({ pid }) => pid ?? []);
    const pid = row && processWith(row.inode, pids);
    return pid === undefined ? undefined : this.#diallers.find((dialler) => dialler.pid === pid)?.name;
  }

  #apply(): void {
    for (const { from, to, link } of this.#ways) {
      if (from !== to && (this.#cutOff.has(from) || this.#cutOff.has(to))) link.stall();
      else link.heal();
    }
  }
}
