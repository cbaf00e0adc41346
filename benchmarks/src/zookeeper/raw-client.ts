import { createRequire } from "node:module";
import type { RawClient, Turn } from "../arena.ts";
import { nowUs } from "../clock.ts";

interface Stat {
  /** Eight bytes, big-endian. */
  readonly czxid: Buffer;
}
type Done<T extends readonly unknown[]> = (error: { readonly name: string } | null, ...answer: T) => void;

/** The part of the package's own client that is used here. */
interface Client {
  once(event: "connected", listener: () => void): void;
  connect(): void;
  close(): void;
  create(path: string, data: Buffer | null, mode: number, done: Done<[path: string]>): void;
  remove(path: string, version: number, done: Done<[]>): void;
  exists(path: string, watcher: ((event: unknown) => void) | null, done: Done<[Stat | null]>): void;
  getChildren(path: string, watcher: null, done: Done<[string[]]>): void;
  setData(path: string, data: Buffer, version: number, done: Done<[Stat]>): void;
  mkdirp(path: string, done: Done<[string]>): void;
}

const { createClient, CreateMode } = createRequire(import.meta.url)("node-zookeeper-client") as {
  createClient(servers: string, options: { readonly sessionTimeout: number }): Client;
  readonly CreateMode: { readonly PERSISTENT: number; readonly EPHEMERAL_SEQUENTIAL: number };
};

/** The calls of `node-zookeeper-client` with nothing around them, each made when the one before is answered. */
export class RawZooKeeper implements RawClient {
  readonly #client: Client;
  readonly #made = new Map<string, Promise<unknown>>();

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(address: string): Promise<RawZooKeeper> {
    const client = createClient(address, { sessionTimeout: 30_000 });
    const connected = new Promise<void>((resolve) => client.once("connected", resolve));
    client.connect();
    await connected;
    return new RawZooKeeper(client);
  }

  async pair(name: string): Promise<void> {
    const { path } = await this.#stand(name);
    await this.#remove(path);
  }

  async enter(line: string): Promise<Turn> {
    const { path, ahead } = await this.#stand(line);
    if (ahead !== undefined) await this.#removal(ahead);
    return { order: BigInt(path.slice(-10)), leave: () => this.#remove(path) };
  }

  async removeAndSee(): Promise<number> {
    const { path } = await this.#stand("seen");
    let seen = (): void => {};
    const told = new Promise<void>((resolve) => {
      seen = resolve;
    });
    await this.#ask<[Stat | null]>((done) => this.#client.exists(path, () => seen(), done));
    const startUs = nowUs();
    const removed = this.#remove(path);
    await told;
    const tookUs = nowUs() - startUs;
    await removed;
    return tookUs;
  }

  async put(key: string, value: string): Promise<void> {
    const [path, data] = [`/${key}`, Buffer.from(value)];
    const [stat] = await this.#ask<[Stat | null]>((done) => this.#client.exists(path, null, done));
    if (stat) await this.#ask<[Stat]>((done) => this.#client.setData(path, data, -1, done));
    else await this.#ask<[string]>((done) => this.#client.create(path, data, CreateMode.PERSISTENT, done));
  }

  async count(under: string): Promise<number> {
    const names = this.#ask<[string[]]>((done) => this.#client.getChildren(`/${under}`, null, done));
    const [there] = await names.catch(() => [[]]);
    return there.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }

  async #stand(name: string): Promise<{ readonly path: string; readonly ahead: string | undefined }> {
    const line = `/raw/${name}`;
    const made = this.#made.get(line) ?? this.#ask<[string]>((done) => this.#client.mkdirp(line, done));
    this.#made.set(line, made);
    await made;
    const data = Buffer.from("me");
    const [path] = await this.#ask<[string]>((done) =>
      this.#client.create(`${line}/n-`, data, CreateMode.EPHEMERAL_SEQUENTIAL, done),
    );
    const [names] = await this.#ask<[string[]]>((done) => this.#client.getChildren(line, null, done));
    const own = path.slice(line.length + 1);
    const ahead = names
      .filter((each) => each < own)
      .sort()
      .at(-1);
    return { path, ahead: ahead && `${line}/${ahead}` };
  }

  async #remove(path: string): Promise<void> {
    await this.#ask<[]>((done) => this.#client.remove(path, -1, done));
  }

  #removal(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ask<[Stat | null]>((done) => this.#client.exists(path, () => resolve(), done)).then(
        ([stat]) => stat ?? resolve(),
        reject,
      );
    });
  }

  #ask<T extends readonly unknown[]>(ask: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      ask((error, ...answer) => (error ? reject(error) : resolve(answer)));
    });
  }
}
