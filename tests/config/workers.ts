import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What a worker says of its views. */
export interface Report {
  readonly lowest: number;
  readonly highest: number;
  readonly views: number;
  readonly wentBack: number;
  readonly shown: number;
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
