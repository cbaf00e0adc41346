import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { GrantedEvent, HistoryEvent } from "@coord/conformance";
import type { Plugin } from "esbuild";
import type { Cluster } from "../testbed/cluster.ts";
import { loopback } from "../testbed/endpoint.ts";
import { eventually, Hopeless } from "../testbed/eventually.ts";
import { freePorts } from "../testbed/free-ports.ts";
import { ServerProcess } from "../testbed/server-process.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Chronicle } from "./chronicle.ts";
import { Contestant } from "./contestant.ts";
import { nowMs } from "./programs/journal.ts";
import { meetings } from "./programs/meetings.ts";
import { type LineName, lines } from "./programs/rounds.ts";
import { chaosPrograms } from "./programs.ts";

export interface ArenaOptions {
  readonly store: "etcd" | "zookeeper";
  readonly cluster: Cluster;
  readonly ttlMs: number;
  /** What the worker program is broken with, and what it is then called. */
  readonly broken?: { readonly name: string; readonly plugin: Plugin };
}

/** Whether this event is what happened to that hold. */
export type Happening = (event: HistoryEvent, grant: GrantedEvent) => boolean;

const names = Object.keys(lines) as LineName[];
const barriers = Object.keys(meetings);
const processes = 4;
const workersAtEachLine = 4;
/** After a fault everybody gets on within this time: sessions end, servers elect, clients come back. */
const patienceMs = 30_000;

/** Worker processes that contend for the same lines of one cluster, and a resource that checks their tokens. */
export class Arena implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly ttlMs: number;
  readonly chronicle: Chronicle;
  readonly contestants: readonly Contestant[];
  readonly #folder: TemporaryFolder;
  readonly #resource: ServerProcess;
  #turn = 0;

  private constructor(
    { cluster, ttlMs }: ArenaOptions,
    chronicle: Chronicle,
    contestants: readonly Contestant[],
    folder: TemporaryFolder,
    resource: ServerProcess,
  ) {
    this.cluster = cluster;
    this.ttlMs = ttlMs;
    this.chronicle = chronicle;
    this.contestants = contestants;
    this.#folder = folder;
    this.#resource = resource;
  }

  static async start(options: ArenaOptions): Promise<Arena> {
    const { store, broken, cluster, ttlMs } = options;
    const programs = await chaosPrograms(broken?.name ?? `chaos-${store}`, broken?.plugin);
    const folder = await TemporaryFolder.create("coord-chaos");
    const chronicle = new Chronicle(folder.path);
    const [resourcePort = 0] = await freePorts(1);
    const resource = ServerProcess.spawn(
      {
        file: process.execPath,
        args: [programs.fencedResource, chronicle.journal("fenced-resource"), `${resourcePort}`],
      },
      folder.path,
      join(folder.path, "fenced-resource.log"),
    );
    await eventually("the fenced resource listens", () => reachable(resourcePort));
    const contestants = await Promise.all(
      Array.from({ length: processes }, (_, index) =>
        Contestant.start({
          name: `process${index + 1}`,
          program: programs.worker,
          folder: folder.path,
          chronicle,
          scheme: store === "etcd" ? "etcd" : "zk",
          servers: cluster.endpoints,
          settings: { ttlMs, resourcePort, workersAtEachLine },
        }),
      ),
    );
    return new Arena(options, chronicle, contestants, folder, resource);
  }

  /** A process that holds something of every line and is inside a barrier, and stays so: each time another one. */
  async holder(): Promise<{ readonly holder: Contestant; readonly grants: readonly GrantedEvent[] }> {
    const holder = this.contestants[this.#turn++ % this.contestants.length];
    if (!holder) throw new Error("an arena has processes");
    holder.cling();
    const grants = await eventually(
      `${holder.client} holds something of every line, and is inside a barrier`,
      () => {
        const own = names.map((line) => this.chronicle.holdsOf(line).find(({ client }) => client === holder.client));
        return (
          own.every((grant) => grant !== undefined) && this.chronicle.isInside(holder.client, "double-barrier") && own
        );
      },
      { within: patienceMs },
    );
    return { holder, grants };
  }

  /** Until the like has happened to each of these. */
  happened(what: string, grants: readonly GrantedEvent[], isIt: Happening): Promise<unknown> {
    return eventually(
      what,
      () => {
        this.chronicle.read();
        const open = grants.filter((grant) => !this.chronicle.events.some((event) => isIt(event, grant)));
        if (open.length > 0) throw new Error(`not of ${open.map(({ name }) => name).join(", ")}`);
      },
      { within: patienceMs },
    );
  }

  /** Nobody who can wait for ever: from now on each worker of each process that runs is let in, or passes its barrier, at least once. */
  async everybodyGetsOn(after: string): Promise<void> {
    const fromMs = nowMs();
    let waiting: readonly string[] = [];
    await eventually(
      `everybody gets on after ${after}`,
      () => {
        waiting = this.#withoutGrantSince(fromMs);
        if (waiting.length > 0)
          throw new Error(`still waiting:\n${waiting.map((each) => this.#lastOf(each)).join("\n")}`);
      },
      { within: patienceMs },
    ).catch((error) => {
      throw new Error(`${error.message}\n${this.#logs()}`);
    });
  }

  /** Ends all workers in good order, and gives the whole history. */
  async finish(): Promise<readonly HistoryEvent[]> {
    const ends = await Promise.all(this.contestants.map((each) => each.finish()));
    if (ends.some((end) => end !== "ended with code 0")) throw new Error(`${ends.join(", ")}\n${this.#logs()}`);
    this.chronicle.read();
    return this.chronicle.events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.contestants.map((each) => each[Symbol.asyncDispose]()));
    await this.#resource.kill();
    await this.#folder[Symbol.asyncDispose]();
  }

  #withoutGrantSince(fromMs: number): readonly string[] {
    this.chronicle.read();
    if (!this.#resource.running) throw new Hopeless(`the fenced resource ended\n${this.#log("fenced-resource")}`);
    const running = this.contestants.filter(({ stopped }) => !stopped);
    for (const each of running) each.expectRunning();
    const workers = running.flatMap(({ client }) => [
      ...names.flatMap((line) => Array.from({ length: workersAtEachLine }, (_, index) => `${client}/${line}/${index}`)),
      ...barriers.map((name) => `${client}/${name}/0`),
    ]);
    const served = new Set(
      this.chronicle.events
        .filter((event) => (event.kind === "granted" || event.kind === "passed") && event.at >= fromMs)
        .map((event) => callOf(event)?.split("#")[0] ?? ""),
    );
    return workers.filter((worker) => !served.has(worker));
  }

  /** The worker, and the last that it has written down, with how long ago. */
  #lastOf(worker: string): string {
    const last = this.chronicle.events.findLast((event) => callOf(event)?.startsWith(`${worker}#`));
    return last && "at" in last
      ? `${worker}: ${last.kind} ${(nowMs() - last.at).toFixed(0)} ms ago`
      : `${worker}: nothing yet`;
  }

  #logs(): string {
    return this.contestants.map(({ client }) => this.#log(client)).join("\n");
  }

  #log(process: string): string {
    return `${process}: ${readFileSync(join(this.#folder.path, `${process}.log`), "utf8").slice(-2_000)}`;
  }
}

/** Of which call of which worker it is told. */
const callOf = (event: HistoryEvent): string | undefined =>
  "attempt" in event ? event.attempt : "party" in event ? event.party : undefined;

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, port }, () => resolve(void socket.destroy()));
    socket.on("error", reject);
  });
}
