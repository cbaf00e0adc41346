import { join } from "node:path";
import type { Endpoint } from "../testbed/endpoint.ts";
import { eventually, Hopeless } from "../testbed/eventually.ts";
import { networkOf } from "../testbed/proxy/network.ts";
import { type FaultProxy, startProxy } from "../testbed/proxy/proxy.ts";
import { ServerProcess } from "../testbed/server-process.ts";
import type { Chronicle } from "./chronicle.ts";
import { nowMs } from "./programs/journal.ts";
import type { WorkerSettings } from "./programs/worker.ts";

export interface ContestantOptions {
  readonly name: string;
  readonly program: string;
  readonly folder: string;
  readonly chronicle: Chronicle;
  readonly scheme: string;
  readonly servers: readonly Endpoint[];
  readonly settings: Omit<WorkerSettings, "client" | "url" | "journal">;
}

/** A worker process with a network of its own, and what is done to it. One that is killed and started again is a new client. */
export class Contestant implements AsyncDisposable {
  readonly #options: ContestantOptions;
  readonly #proxies: readonly FaultProxy[];
  #process: ServerProcess | undefined;
  #lives = 0;
  #stopped = false;

  private constructor(options: ContestantOptions, proxies: readonly FaultProxy[]) {
    this.#options = options;
    this.#proxies = proxies;
  }

  static async start(options: ContestantOptions): Promise<Contestant> {
    const contestant = new Contestant(options, await Promise.all(options.servers.map(startProxy)));
    contestant.start();
    return contestant;
  }

  /** The name of its present life. */
  get client(): string {
    return `${this.#options.name}.${this.#lives}`;
  }

  get network() {
    return networkOf(this.#proxies);
  }

  start(): void {
    const { program, folder, chronicle, scheme, settings } = this.#options;
    this.#lives += 1;
    const { client } = this;
    const url = `${scheme}://${this.#proxies.map(({ address }) => address).join(",")}`;
    const all: WorkerSettings = { ...settings, client, url, journal: chronicle.journal(client) };
    const args = ["--unhandled-rejections=strict", program, JSON.stringify(all)];
    this.#process = ServerProcess.spawn({ file: process.execPath, args }, folder, join(folder, `${client}.log`));
  }

  /** Without notice. What it held ends here. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#stopped = false;
    this.#write("died");
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#stopped = true;
    this.#write("stopped");
  }

  /** Returns when the process says itself that it goes on. */
  async continue(): Promise<void> {
    const { chronicle } = this.#options;
    const fromMs = nowMs();
    this.#stopped = false;
    this.#process?.continue();
    await eventually(`${this.client} goes on`, () => {
      chronicle.read();
      return chronicle.events.some(
        (event) => event.kind === "continued" && event.client === this.client && event.at >= fromMs,
      );
    });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** From now on it keeps what it has, until it loses it. */
  cling(): void {
    this.#signal("SIGUSR2");
  }

  /** Ends `cling`. */
  letGo(): void {
    this.#signal("SIGUSR2");
  }

  /** Throws if it ended by itself, which none may. */
  expectRunning(): void {
    if (!this.#process?.running) throw new Hopeless(`${this.client} ended by itself`);
  }

  /** Tells it to come to its end, and gives how it did. */
  async finish(): Promise<string> {
    if (!this.#process?.running) return "was not there any more";
    this.#signal("SIGTERM");
    return this.#process.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process?.running) process.kill(this.#process.pid, signal);
  }

  #write(kind: "died" | "stopped"): void {
    const { chronicle } = this.#options;
    chronicle.read();
    chronicle.write({ at: nowMs(), client: this.client, kind });
  }
}
