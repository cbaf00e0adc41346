import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type StoreName = "file" | "etcd" | "zookeeper";

/** A store that was opened for the demo. */
export interface DemoStore extends AsyncDisposable {
  readonly title: string;
  /** The URL of a namespace in it. All that a client does with another store is to be given another URL. */
  urlOf(namespace: string): string;
}

/** The message says what to type. */
export class MissingServer extends Error {}

export function openStore(name: StoreName, cache: string): Promise<DemoStore> {
  return name === "file" ? openFile() : openServer(name, cache);
}

/** A folder for the embedded store: there is no server. */
async function openFile(): Promise<DemoStore> {
  const folder = await mkdtemp(join(tmpdir(), "coord-demo-"));
  return {
    title: "the embedded store",
    urlOf: (namespace) => `file:${folder}?namespace=${namespace}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** A server of its own on this machine, or the one that somebody else runs. */
async function openServer(name: "etcd" | "zookeeper", cache: string): Promise<DemoStore> {
  const { startServer } = await import("./servers.ts"); // only who asks for a server loads what starts one
  return startServer(name, cache);
}
