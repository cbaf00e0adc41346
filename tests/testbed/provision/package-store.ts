import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Apt } from "./apt.ts";
import { unpack } from "./unpack.ts";

/** Debian packages that are of use together. */
export interface Bundle {
  readonly name: string;
  /** Sets of packages that do equally well, the best first: the first that the archive has in full is taken. */
  readonly choices: readonly (readonly string[])[];
  /** Throws if what was unpacked does not work. */
  prove(root: string): Promise<unknown>;
}

const stamp = "versions.json";
const workPrefix = "fetching-";

export interface PackageStoreOptions {
  /** Where bundles are kept. */
  readonly folder: string;
  /** What apt and dpkg are run with. */
  readonly env: NodeJS.ProcessEnv;
  /** Told in a line what takes long. */
  readonly announce?: (line: string) => void;
}

/**
 * Bundles unpacked in a cache folder, each fetched when it is first asked for. A bundle is put together in a folder of
 * this process alone and moved into place in one step, so what is in place is whole, and two processes that fetch at
 * the same time do not meet: the second to finish uses what the first put there.
 */
export class PackageStore implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #announce: (line: string) => void;
  #work: Promise<{ folder: string; apt: Apt }> | undefined;

  constructor({ folder, env, announce = () => {} }: PackageStoreOptions) {
    this.#folder = folder;
    this.#env = env;
    this.#announce = announce;
  }

  /** The folder a bundle is unpacked in. */
  async root(bundle: Bundle): Promise<string> {
    const place = join(this.#folder, placeName(bundle));
    if (!existsSync(join(place, stamp))) await this.#fetch(bundle, place);
    return place;
  }

  async #fetch(bundle: Bundle, place: string): Promise<void> {
    this.#work ??= this.#openWork();
    const { folder, apt } = await this.#work;
    const downloads = join(folder, `${bundle.name}-packages`);
    const root = join(folder, bundle.name);
    await mkdir(downloads);
    await mkdir(root);
    const packages = await choose(apt, bundle);
    this.#announce(`fetching ${packages.join(", ")} into ${place}`);
    const files = await apt.download(packages, downloads);
    await unpack(files, root, this.#env);
    await bundle.prove(root);
    await writeFile(join(root, stamp), JSON.stringify(versions(files), null, 2));
    await moveInto(root, place);
  }

  async #openWork(): Promise<{ folder: string; apt: Apt }> {
    await mkdir(this.#folder, { recursive: true });
    await removeAbandoned(this.#folder);
    const folder = await mkdtemp(join(this.#folder, `${workPrefix}${process.pid}-`));
    return { folder, apt: await Apt.in(folder, this.#env) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const work = await this.#work?.catch(() => undefined);
    if (work) await rm(work.folder, { recursive: true, force: true });
  }
}

/** A changed list of packages, or another kind of machine, gets another place: what is in place never changes. */
function placeName({ name, choices }: Bundle): string {
  const hash = createHash("sha256").update(JSON.stringify(choices)).digest("hex");
  return `${name}-${process.arch}-${hash.slice(0, 8)}`;
}

async function choose(apt: Apt, { choices }: Bundle): Promise<readonly string[]> {
  const available = new Set(await apt.available(choices.flat()));
  const choice = choices.find((packages) => packages.every((name) => available.has(name)));
  if (choice) return choice;
  const absent = choices.flat().filter((name) => !available.has(name));
  throw new Error(`the package archive of this system does not have ${absent.join(", ")}`);
}

async function moveInto(root: string, place: string): Promise<void> {
  try {
    await rename(root, place);
  } catch (error) {
    if (!existsSync(join(place, stamp))) throw error;
  }
}

/** Package files are named name_version_architecture.deb, the version percent-encoded. */
function versions(files: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    files.map((file) => {
      const [name = "", version = ""] = basename(file).split("_");
      return [name, decodeURIComponent(version)];
    }),
  );
}

/**
 * Work folders carry the process id of who made them: those of processes that are gone are of no use to anyone. One that
 * belongs to another user stays.
 */
async function removeAbandoned(folder: string): Promise<void> {
  const works = (await readdir(folder)).filter((name) => name.startsWith(workPrefix));
  const abandoned = works.filter((name) => !isRunning(Number.parseInt(name.slice(workPrefix.length), 10)));
  await Promise.allSettled(abandoned.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
