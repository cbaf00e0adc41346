import { noop } from "cockatiel";
import { Etcd3, type IDuplexStream, type IWatchRequest, type IWatchResponse } from "etcd3";
import type { RawClient, Turn } from "../arena.ts";
import { nowUs } from "../clock.ts";

/** Longer than any run, so that it needn't be kept alive. */
const leaseSeconds = 3_600;

type Stream = IDuplexStream<IWatchRequest, IWatchResponse>;

/** The calls of `etcd3` with nothing around them: one lease, no repetition, no time limit. */
export class RawEtcd implements RawClient {
  readonly #client: Etcd3;
  readonly #lease: string;
  readonly #stream: Stream;
  readonly #waiting = new Map<string, () => void>();
  readonly #removed = new Set<string>();
  readonly #watched = new Map<string, Promise<void>>();
  readonly #begun: (() => void)[] = [];
  #made = 0;

  private constructor(client: Etcd3, lease: string, stream: Stream) {
    this.#client = client;
    this.#lease = lease;
    this.#stream = stream;
    stream.on("error", () => {}); // the end of the client ends it too
    stream.on("data", ({ created, events }) => {
      if (created) this.#begun.shift()?.();
      for (const { type, kv } of events) if (type === "Delete") this.#sawRemoved(kv.key.toString());
    });
  }

  static async connect(address: string): Promise<RawEtcd> {
    const client = new Etcd3({
      hosts: `http://${address}`,
      faultHandling: { host: () => noop, global: noop },
      grpcOptions: { "grpc.primary_user_agent": "raw" }, // or else it would share a connection with others
    });
    const { ID } = await client.leaseClient.leaseGrant({ TTL: leaseSeconds });
    return new RawEtcd(client, ID, await client.watchClient.watch());
  }

  async pair(name: string): Promise<void> {
    const { key } = await this.#stand(name);
    await this.#remove(key);
  }

  async enter(line: string): Promise<Turn> {
    await this.#watch(placesOf(line));
    const { key, order, ahead } = await this.#stand(line);
    if (ahead !== undefined) await this.#removal(ahead);
    return { order, leave: () => this.#remove(key) };
  }

  async removeAndSee(): Promise<number> {
    await this.#watch(placesOf("seen"));
    const key = this.#newKey("seen");
    await this.#client.kv.put({ key: Buffer.from(key), value: Buffer.alloc(0) });
    const seen = this.#removal(key);
    const startUs = nowUs();
    const removed = this.#remove(key);
    await seen;
    const tookUs = nowUs() - startUs;
    await removed;
    return tookUs;
  }

  async put(key: string, value: string): Promise<void> {
    await this.#client.kv.put({ key: Buffer.from(key), value: Buffer.from(value) });
  }

  async count(under: string): Promise<number> {
    const { count } = await this.#client.kv.range({ ...below(under), count_only: true });
    return Number(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.leaseClient.leaseRevoke({ ID: this.#lease });
    this.#stream.cancel();
    this.#client.close();
  }

  #newKey(name: string): string {
    this.#made += 1;
    return `${placesOf(name)}/${this.#lease}-${this.#made}`;
  }

  async #stand(name: string) {
    const key = this.#newKey(name);
    const { header, responses } = await this.#client.kv.txn({
      success: [
        { request_range: { ...below(placesOf(name)), keys_only: true } },
        { request_put: { key: Buffer.from(key), value: Buffer.from("me"), lease: this.#lease } },
      ],
    });
    const others = responses[0]?.response_range?.kvs ?? [];
    const last = others.reduce<(typeof others)[number] | undefined>(
      (latest, kv) => (latest && BigInt(latest.create_revision) > BigInt(kv.create_revision) ? latest : kv),
      undefined,
    );
    return { key, order: BigInt(header.revision), ahead: last?.key.toString() };
  }

  async #remove(key: string): Promise<void> {
    await this.#client.kv.deleteRange({ key: Buffer.from(key) });
  }

  /** From now on, once for each key. */
  #watch(under: string): Promise<void> {
    const known = this.#watched.get(under);
    if (known) return known;
    const begun = new Promise<void>((resolve) => this.#begun.push(resolve));
    this.#watched.set(under, begun);
    this.#stream.write({ create_request: below(under) });
    return begun;
  }

  #removal(key: string): Promise<void> {
    if (this.#removed.has(key)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  #sawRemoved(key: string): void {
    this.#removed.add(key);
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }
}

/** Apart from ours. */
const placesOf = (name: string): string => `raw/${name}`;

const below = (under: string) => ({ key: Buffer.from(`${under}/`), range_end: Buffer.from(`${under}0`) });
