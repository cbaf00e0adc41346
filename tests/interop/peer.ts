import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { compile } from "../testbed/provision/curator.ts";
import type { CuratorPrograms, KazooPrograms } from "../testbed/provision/found.ts";

/** How a peer's program is run with the address of a server. */
export type StartPeer = (server: string) => Peer;

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

/** Curator's recipes, or its discovery; the program is compiled into this folder. */
export async function curator(
  programs: CuratorPrograms,
  folder: string,
  name: "Contender" | "Discoverer" = "Contender",
): Promise<StartPeer> {
  const classPath = await compile(program(`${name}.java`), folder, programs);
  const options = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
  return (server) => new Peer(programs.java, [...options, quiet, "-cp", classPath, name, server]);
}

/** kazoo's recipes. */
export function kazoo({ python, modules }: KazooPrograms): StartPeer {
  return (server) => new Peer(python, [program("contender.py"), server], { PYTHONPATH: modules });
}

/** A process in which contenders of another language stand. It ends with the test. */
export class Peer {
  readonly #process: ChildProcess;
  readonly #said: string[] = [];
  #complaints = "";

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    createInterface(child.stdout).on("line", (line) => this.#said.push(line));
    child.stderr.on("data", (chunk: Buffer) => {
      this.#complaints += chunk.toString();
    });
    child.stdin.on("error", () => {}); // it has ended, which shows where something is awaited of it
    this.#process = child;
    onTestFinished(() => this.kill());
  }

  /** Stands in line for something of this kind at this path. */
  take(id: string, kind: string, path: string): void {
    this.#process.stdin?.write(`take ${id} ${kind} ${path}\n`);
  }

  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** The last line that it said and that begins so. */
  said(beginning: string): string | undefined {
    return this.#said.findLast((line) => line.startsWith(beginning));
  }

  holds(id: string): boolean {
    return this.#said.includes(`${id} holds`) && !this.#said.includes(`${id} gone`);
  }

  untilHolds(id: string): Promise<unknown> {
    return eventually(
      `${id} holds`,
      () => {
        if (!this.holds(id)) throw new Error(this.#complaints || "no complaint of its process");
      },
      { within: 30_000 },
    );
  }

  /** Gives it back; done when the process says so. */
  async give(id: string): Promise<void> {
    this.#process.stdin?.write(`give ${id}\n`);
    await eventually(`${id} has given back`, () => this.#said.includes(`${id} gone`));
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
