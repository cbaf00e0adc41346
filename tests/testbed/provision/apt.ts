import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";

/**
 * Debian's package archive, read without changing the system: lists, cache and state live in a folder of our own, so
 * any user may do it. The system is only read for where its mirrors are and which keys they sign with.
 */
export class Apt {
  readonly #config: string;
  readonly #env: NodeJS.ProcessEnv;
  #updated: Promise<unknown> | undefined;

  private constructor(config: string, env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.#config = config;
  }

  static async in(folder: string, env: NodeJS.ProcessEnv): Promise<Apt> {
    const config = join(folder, "apt.conf");
    await mkdir(join(folder, "state/lists/partial"), { recursive: true });
    await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
    await mkdir(join(folder, "log"), { recursive: true });
    await writeFile(join(folder, "status"), "");
    await writeFile(config, settings(folder));
    return new Apt(config, env);
  }

  /** Which of these packages the archive has, in the order asked. */
  async available(names: readonly string[]): Promise<string[]> {
    await this.#update();
    const all = new Set((await this.#run("apt-cache", ["pkgnames"])).split("\n"));
    return names.filter((name) => all.has(name));
  }

  /** Downloads packages into an existing folder; gives the files. */
  async download(names: readonly string[], into: string): Promise<string[]> {
    await this.#update();
    await this.#run("apt-get", ["-q", "download", ...names], into);
    const files = await readdir(into);
    return files.filter((file) => file.endsWith(".deb")).map((file) => join(into, file));
  }

  #update(): Promise<unknown> {
    this.#updated ??= this.#run("apt-get", ["-q", "update"]);
    return this.#updated;
  }

  #run(program: string, args: readonly string[], cwd?: string): Promise<string> {
    const shownAs = [program, ...args].join(" ");
    return command(program, ["-c", this.#config, ...args], { env: this.#env, shownAs, ...(cwd && { cwd }) });
  }
}

/**
 * Read after the system's own settings, so it has the last word. The hooks of the system are cleared because they act
 * on the system: some delete its package cache, some wake daemons. An empty status file means that nothing counts as
 * installed, so an installed version newer than the archive's can't be chosen. `Sandbox::User` keeps apt run by root from
 * becoming a user that can't enter our folder.
 */
function settings(folder: string): string {
  return [
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "#clear DPkg::Post-Invoke;",
    `Dir::State "${join(folder, "state")}";`,
    `Dir::State::status "${join(folder, "status")}";`,
    `Dir::Cache "${join(folder, "cache")}";`,
    `Dir::Log "${join(folder, "log")}";`,
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    "",
  ].join("\n");
}
