import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Arena } from "./arena.ts";
import type { Grant } from "./contenders.ts";
import { contenderProgram } from "./places.ts";

export interface Contest {
  readonly who: "ours" | "raw";
  readonly line: string;
  /** In each process. */
  readonly contenders: number;
  readonly turnsEach: number;
}

export type FromContender = "ready" | { readonly grants: readonly Grant[] };

/** Processes that contend with one another, each with clients of its own. */
export class ContenderPool implements AsyncDisposable {
  readonly #processes: readonly ChildProcess[];

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  static async start({ name, address }: Arena, processes: number): Promise<ContenderPool> {
    const pool = new ContenderPool(
      Array.from({ length: processes }, () => fork(contenderProgram, [name, address], { serialization: "advanced" })),
    );
    await pool.#answers();
    return pool;
  }

  /** The grants of all of them. */
  async contend(contest: Contest): Promise<Grant[]> {
    const answers = this.#answers();
    for (const each of this.#processes) each.send(contest);
    return (await answers).flatMap((answer) => (answer === "ready" ? [] : answer.grants));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#processes.map((each) => once(each, "exit"));
    for (const each of this.#processes) each.disconnect();
    await Promise.all(ended);
  }

  #answers(): Promise<FromContender[]> {
    return Promise.all(this.#processes.map(answerOf));
  }
}

function answerOf(each: ChildProcess): Promise<FromContender> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of contenders ended with code ${code}`));
    each.once("exit", ended);
    each.once("message", (message) => {
      each.off("exit", ended);
      resolve(message as FromContender);
    });
  });
}
