import { execFile } from "node:child_process";

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly withinMs?: number;
  /** How errors name what was run, if not by all of its arguments. */
  readonly shownAs?: string;
}

/** Runs a program to its end and gives its output; an error says what was run and the last lines it printed. */
export function command(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env = process.env, withinMs = 300_000, shownAs = [file, ...args].join(" ") } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      ...(cwd && { cwd }),
      env,
      timeout: withinMs,
      maxBuffer: 64 << 20,
      killSignal: "SIGKILL" as const,
    };
    execFile(file, [...args], settings, (error, stdout, stderr) => {
      if (error) reject(new Error(explain(shownAs, error, stdout + stderr), { cause: error }));
      else resolve(stdout);
    });
  });
}

function explain(typed: string, error: Error & { code?: unknown; killed?: boolean }, output: string): string {
  if (error.code === "ENOENT") return `\`${typed}\` could not be run: there is no such program`;
  const lastLines = output.trim().split("\n").slice(-6).join("\n");
  return `\`${typed}\` ${error.killed ? "took too long" : "failed"}:\n${lastLines}`;
}
