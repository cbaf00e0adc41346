import { type Running, soon } from "./running.ts";
import type { Scene } from "./scene.ts";

/**
 * A person at a terminal: an interactive shell with job control in a pseudo-terminal, which `script`, part of every Linux,
 * makes. What is typed goes through the line discipline, so that control characters become signals.
 */
export class TerminalSession {
  readonly #running: Running;
  #read = 0;

  private constructor(running: Running) {
    this.#running = running;
  }

  static async open(scene: Scene): Promise<TerminalSession> {
    const shell = "exec env PS1='ready> ' bash --norc --noprofile --noediting -i";
    const running = scene.run("script", ["-qfc", shell, "/dev/null"], { TERM: "xterm", HISTFILE: "" });
    const session = new TerminalSession(running);
    await session.sees("ready> ");
    return session;
  }

  type(text: string): void {
    this.#running.type(text);
  }

  /** The terminal is gone, as when its window is closed. */
  async hangUp(): Promise<void> {
    this.#running.kill("SIGKILL");
    await this.#running.ended;
  }

  /** Waits for text that was not seen yet, and gives what came until its end. */
  async sees(text: string): Promise<string> {
    const fresh = () => this.#running.stdout.slice(this.#read);
    await soon(`${JSON.stringify(text)} in the terminal`, () => {
      if (fresh().includes(text)) return true;
      throw new Error(`there is ${JSON.stringify(fresh())}`);
    });
    const until = this.#read + fresh().indexOf(text) + text.length;
    const seen = this.#running.stdout.slice(this.#read, until);
    this.#read = until;
    return seen;
  }
}
