import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundle } from "../structure/bundle.ts";
import { eventually } from "../testbed/eventually.ts";

/**
 * Instances of one service, each in a process of its own, until it is disposed of. The test does that: a hook put up
 * from here would go to whichever test runs at that moment.
 */
export class Fleet implements Disposable {
  readonly #program: string;
  readonly #url: string;
  readonly #protocol: "http" | "grpc";
  readonly #members: Member[] = [];
  #count = 0;

  private constructor(program: string, url: string, protocol: "http" | "grpc") {
    this.#program = program;
    this.#url = url;
    this.#protocol = protocol;
  }

  static async of(store: string, url: string, protocol: "http" | "grpc"): Promise<Fleet> {
    const instance = new URL("programs/instance.ts", import.meta.url);
    return new Fleet(await bundle(instance, `${protocol}-instance-${store}`), url, protocol);
  }

  /** Resolves when it is registered. */
  async add(id = `i-${this.#count}`): Promise<Member> {
    this.#count += 1;
    const member = new Member(id, [this.#program, this.#url, this.#protocol, id]);
    this.#members.push(member);
    await member.says("registered");
    return member;
  }

  /** What those said last that ended without being told to. */
  get crashes(): readonly string[] {
    return this.#members.flatMap((member) => member.crash ?? []);
  }

  many(count: number): Promise<Member[]> {
    return Promise.all(Array.from({ length: count }, () => this.add()));
  }

  [Symbol.dispose](): void {
    for (const member of this.#members) member.kill();
  }
}

export class Member {
  readonly id: string;
  readonly #process: ChildProcess;
  readonly #said: string[] = [];
  #complaints = "";
  /** It was told to end, or is about to be. */
  #sentAway = false;

  constructor(id: string, args: readonly string[]) {
    this.id = id;
    this.#process = spawn(process.execPath, ["--unhandled-rejections=strict", ...args], { stdio: "pipe" });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.#complaints += chunk.toString();
    });
    if (this.#process.stdout) createInterface(this.#process.stdout).on("line", (line) => this.#said.push(line));
    this.#process.stdin?.on("error", () => {}); // it is gone, which shows where something is awaited of it
  }

  get crash(): string | undefined {
    const { exitCode, signalCode } = this.#process;
    if (this.#sentAway || (exitCode === null && signalCode === null)) return undefined;
    return `${this.id} ended by ${signalCode ?? exitCode}: ${this.#complaints}`;
  }

  says(word: string): Promise<unknown> {
    const check = () => {
      if (!this.#said.some((line) => line.startsWith(word)))
        throw new Error(this.#complaints || "no complaint of its process");
    };
    return eventually(`${this.id} says ${word}`, check, { within: 30_000 });
  }

  /** Leaves in good order; done when its process is. */
  async drain(): Promise<void> {
    this.#sentAway = true;
    this.#process.stdin?.write("drain\n");
    await this.says("answered");
    await eventually(`${this.id} to end`, () => this.#process.exitCode === 0);
  }

  /** At once and without a word, as a crash. */
  kill(): void {
    this.#sentAway = true;
    this.#process.kill("SIGKILL");
  }
}
