import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../structure/workspace.ts";

/** What a worker says of its views. */
export interface Report {
  readonly lowest: number;
  readonly highest: number;
  readonly views: number;
  readonly wentBack: number;
  readonly shown: number;
}

/** Which package the client of a store is, and which it is not: that one is not bundled either. */
const clients = {
  etcd: ["etcd3", "cockatiel", "@coord/zookeeper", "@coord/local"],
  zookeeper: ["node-zookeeper-client", "@coord/etcd", "@coord/local"],
};

/** The program of the workers, beside the package that has what it doesn't bring along. */
export async function bundled(store: keyof typeof clients): Promise<string> {
  const outfile = join(root, `packages/${store}/node_modules/.cache/config-viewing.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL("programs/viewing.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: clients[store],
    logLevel: "silent",
  });
  return outfile;
}

/** A process of its own that has views of the shared document, and changes it. */
export class Worker implements Disposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(program: string, url: string): Promise<Worker> {
    const child = fork(program, [url], { execArgv: ["--unhandled-rejections=strict"] });
    await answer(child);
    return new Worker(child);
  }

  async ask(verb: "look" | "increment" | "report", count = 0): Promise<Report> {
    const told = answer(this.#child);
    this.#child.send({ verb, count });
    const report = (await told) as Report & { readonly failure?: string };
    if (report.failure !== undefined) throw new Error(report.failure);
    return report;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

/** The next thing that it says, or how it ended. */
async function answer(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  try {
    const ended = once(child, "exit", { signal: over.signal }).then(([code, signal]) => {
      throw new Error(`a worker ended with ${code ?? signal}`);
    });
    const [message] = await Promise.race([once(child, "message", { signal: over.signal }), ended]);
    return message;
  } finally {
    over.abort();
  }
}
