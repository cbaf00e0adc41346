import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "./endpoint.ts";
import { eventually, Hopeless } from "./eventually.ts";
import { type Program, ServerProcess } from "./server-process.ts";

/** One server to be: where it lives, how it is run, and what it answers. */
export interface NodeBlueprint {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Where it takes connections by TLS alone, if it does. */
  readonly secureEndpoint?: Endpoint;
  /** Exists when the node is started, and outlives its restarts. */
  readonly folder: string;
  readonly program: Program;
  /** Throws unless the server does its work. */
  ready(): Promise<void>;
  /** The term in which the server says it leads; undefined if it says it does not. */
  leads(): Promise<bigint | undefined>;
}

const startWithinMs = 30_000;
const logTailBytes = 4_000;

/** One server of a cluster, and what can be done to it from outside. */
export class ServerNode {
  readonly #blueprint: NodeBlueprint;
  #process: ServerProcess | undefined;
  #stopped = false;

  constructor(blueprint: NodeBlueprint) {
    this.#blueprint = blueprint;
  }

  get name(): string {
    return this.#blueprint.name;
  }

  get endpoint(): Endpoint {
    return this.#blueprint.endpoint;
  }

  get secureEndpoint(): Endpoint | undefined {
    return this.#blueprint.secureEndpoint;
  }

  /** Holds what the server keeps, in `data`, and what it prints, in `log`. */
  get folder(): string {
    return this.#blueprint.folder;
  }

  /** Undefined while the server does not run. */
  get pid(): number | undefined {
    return this.#process?.running ? this.#process.pid : undefined;
  }

  /** Whether the process is there and not stopped. */
  get active(): boolean {
    return this.pid !== undefined && !this.#stopped;
  }

  /** Returns when the server does its work, which in a cluster takes a majority. */
  async start(): Promise<void> {
    if (this.pid !== undefined) throw new Error(`${this.name} runs already`);
    const running = ServerProcess.spawn(this.#blueprint.program, this.folder, this.#logFile);
    this.#process = running;
    this.#stopped = false;
    await this.#whenReady(running);
  }

  /** At once and without notice, as a power cut would. Returns when the process is gone. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#stopped = false;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** The server stands still with its connections open, as after a long pause of its machine. */
  async stop(): Promise<void> {
    await this.#alive().stop();
    this.#stopped = true;
  }

  continue(): void {
    this.#alive().continue();
    this.#stopped = false;
  }

  leads(): Promise<bigint | undefined> {
    return this.#blueprint.leads();
  }

  /** The last of what the server printed. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile).subarray(-logTailBytes).toString() : "";
  }

  /** Whether the server complained that it can't have one of its ports. */
  get portTaken(): boolean {
    return /address already in use/i.test(this.log());
  }

  get #logFile(): string {
    return join(this.folder, "log");
  }

  #alive(): ServerProcess {
    if (!this.#process?.running) throw new Error(`${this.name} does not run`);
    return this.#process;
  }

  async #whenReady(running: ServerProcess): Promise<void> {
    const check = async () => {
      if (!running.running) throw new Hopeless(`${this.name} ${await running.ended}`);
      await this.#blueprint.ready();
    };
    try {
      await eventually(`${this.name} is ready`, check, { within: startWithinMs });
    } catch (error) {
      throw new StartFailure(`${error instanceof Error ? error.message : error}\nIts log ends:\n${this.log()}`);
    }
  }
}

export class StartFailure extends Error {
  override readonly name = "StartFailure";
}
