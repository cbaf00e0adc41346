import { isKey, type Key } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isContender } from "./contenders.ts";
import { childPath, insideName, isDirectory, isOfEntry, keyOf } from "./nodes.ts";
import { childNames, ifThere } from "./reading.ts";
import { containerOwner, type Stat } from "./wire/records.ts";
import { getData, getDirectory } from "./wire/requests.ts";

/** As many directories are looked into at the same time. */
const atOnce = 64;

/** How often what changes while it is searched is searched anew. */
const attempts = 3;

/**
 * The children of a directory that an entry lies below. That a node has children tells little: a container stays for a while
 * when what was in it is gone.
 */
export async function directoriesBelow(send: Send, directory: string): Promise<readonly Key[]> {
  const [, { value: names = [] }] = await Promise.all([send.caughtUp(), ifThere(send(childNames(directory)))]);
  const paths = names.filter((name) => !isContender(name)).map((name) => childPath(directory, name));
  const found: Key[] = [];
  for (let from = 0; from < paths.length; from += atOnce) {
    const group = paths.slice(from, from + atOnce);
    const held = await Promise.all(group.map((path) => holdsEntry(send, path)));
    found.push(...group.filter((_, index) => held[index]).map(keyOf));
  }
  return found.filter(isKey).sort();
}

/** Whether an entry lies below the node at `path`. */
async function holdsEntry(send: Send, path: string): Promise<boolean> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const search = new Search(send);
    if (await search.below(path)) return true;
    if (!search.disturbed) return false;
  }
  return true; // entries come and go there
}

type Looked = { readonly names: readonly string[]; readonly stat: Stat };

/** Looks for one entry. That there is none is certain only if nothing changed since the search began. */
class Search {
  disturbed = false;
  readonly #send: Send;
  #begun: bigint | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  async below(path: string): Promise<boolean> {
    const looked = await this.#look(path);
    return looked !== undefined && this.#within(path, looked);
  }

  async #within(path: string, { names }: Looked): Promise<boolean> {
    const candidates = names.filter((name) => isOfEntry(path, name));
    if (candidates.some(isContender)) return true;
    for (let from = 0, size = 1; from < candidates.length; from += size, size = Math.min(size * 2, atOnce)) {
      const group = candidates.slice(from, from + size);
      const held = await Promise.all(group.map((name) => this.#at(childPath(path, name))));
      if (held.includes(true)) return true;
    }
    return false;
  }

  /** Whether the node is an entry, or has one in it or below it. */
  async #at(path: string): Promise<boolean> {
    const looked = await this.#look(path);
    if (!looked) return false;
    if (looked.names.includes(insideName) || (await this.#isEntry(path, looked.stat))) return true;
    return this.#within(path, looked);
  }

  /** Without data being sent, unless there is none. */
  async #isEntry(path: string, { owner, bytes }: Stat): Promise<boolean> {
    if (owner === containerOwner || bytes > 0) return owner !== containerOwner;
    const { value } = await ifThere(this.#send(getData(path)));
    return value !== undefined && !isDirectory(value);
  }

  async #look(path: string): Promise<Looked | undefined> {
    const { value, zxid } = await ifThere(this.#send(getDirectory(path)));
    this.#begun ??= zxid;
    const { mzxid, pzxid } = value?.stat ?? { mzxid: zxid, pzxid: zxid };
    if (mzxid > this.#begun || pzxid > this.#begun) this.disturbed = true;
    return value;
  }
}
