import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Several tries, since a server that is just being killed may still write. */
const removeIfOrphaned = 'read -r _ || for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1" && exit; sleep 0.1; done';

/**
 * A folder that is gone after its disposal, and also if this process dies before: a shell waits at a pipe that this
 * process alone holds, and removes the folder when the pipe breaks.
 */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;
  readonly #guard: ReturnType<typeof guard>;

  private constructor(path: string) {
    this.path = path;
    this.#guard = guard(path);
  }

  static async create(prefix: string): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), `${prefix}-`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    this.#guard.stdin.end("removed\n");
  }
}

/** In a session of its own, so that an interrupt typed at the terminal doesn't reach it; no reason to stay alive for. */
function guard(path: string) {
  const shell = spawn("sh", ["-c", removeIfOrphaned, "sh", path], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  if ("unref" in shell.stdin && typeof shell.stdin.unref === "function") shell.stdin.unref();
  return shell;
}
