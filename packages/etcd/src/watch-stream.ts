import { AuthError, pause, type Runtime, retry, type Timer } from "@coord/core/spi";
import type { IDuplexStream, IEvent, IWatchRequest, IWatchResponse } from "etcd3";
import type { Connection } from "./connection.ts";
import { failureOf, RpcFailure } from "./failure.ts";
import type { Range } from "./keys.ts";
import type { Member } from "./rpc.ts";

/** Who is told of a range's changes. */
export interface Watcher {
  readonly range: Range;
  /** Asked to be watched, from now on: what happens after the revision that `begun` will tell is told. */
  asked(): void;
  begun(revision: bigint): void;
  /** Whole revisions, in their order. */
  changed(events: readonly IEvent[], revision: bigint): void;
  /** Out of sight until `asked`. */
  lost(): void;
  refused(error: Error): void;
}

type Stream = IDuplexStream<IWatchRequest, IWatchResponse>;

/** How long nothing may be heard before the stream is asked for a sign of life, and how long that may take. */
const silenceMs = 5_000;
const signMs = 2_000;

/**
 * All watches of a client, on one stream: begun without waiting for one another, under names of our own. Each begins at
 * the present, for etcd serves one that begins in the past from a list that it visits each 100 ms; what was before is read.
 * When the stream breaks or falls silent, another one is opened and all are begun anew.
 */
export class WatchStream {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #watchers = new Map<string, Watcher>();
  readonly #fragments = new Map<string, IEvent[]>();
  readonly #over = new AbortController();
  #lastId = 0;
  #stream: Stream | undefined;
  #member: Member | undefined;
  #opening = false;
  #silence: Timer | undefined;
  #deniedOnce = false;

  constructor(connection: Connection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
    connection.onTrouble(() => {
      if (connection.closed) this.#close();
      else if (this.#stream && this.#member !== connection.member) this.#broken(this.#stream);
    });
    connection.lineage.onRestored(() => this.#stream && this.#broken(this.#stream));
  }

  /** Begins at once, or when there is a stream again. The result ends it. */
  watch(watcher: Watcher): () => void {
    this.#lastId += 1;
    const id = `${this.#lastId}`;
    this.#watchers.set(id, watcher);
    if (this.#stream) this.#ask(this.#stream, id, watcher);
    else void this.#open();
    return () => {
      if (!this.#watchers.delete(id)) return;
      this.#fragments.delete(id);
      this.#stream?.write({ cancel_request: { watch_id: id } });
    };
  }

  async #open(): Promise<void> {
    if (this.#opening || this.#over.signal.aborted) return;
    this.#opening = true;
    const { signal } = this.#over;
    try {
      await retry(this.#runtime, () => this.#openOnce(), { signal, when: (error) => this.#mayPass(error) });
    } catch (error) {
      if (!signal.aborted) this.#refuseAll(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#opening = false;
    }
  }

  #mayPass(error: unknown): boolean {
    return !this.#over.signal.aborted && !["denied", "untrusted", "refused"].includes(failureOf(error).kind);
  }

  async #openOnce(): Promise<void> {
    const { member } = this.#connection;
    let stream: Stream;
    try {
      stream = await this.#connection.open(member, (rpc, options) => rpc.watchClient.watch(options));
    } catch (error) {
      this.#connection.leave(member, failureOf(error));
      throw error;
    }
    if (this.#over.signal.aborted) return stream.cancel();
    this.#stream = stream;
    this.#member = member;
    stream.on("data", (response) => stream === this.#stream && this.#heard(stream, response));
    stream.on("error", (error) => this.#failed(stream, member, failureOf(error)));
    stream.on("end", () => this.#failed(stream, member, new RpcFailure("unknown", "the watch stream ended")));
    this.#listen(stream);
    for (const [id, watcher] of this.#watchers) this.#ask(stream, id, watcher);
  }

  #ask(stream: Stream, id: string, watcher: Watcher): void {
    stream.write({ create_request: { ...watcher.range, watch_id: id, fragment: true } });
    watcher.asked();
  }

  #heard(stream: Stream, response: IWatchResponse): void {
    this.#listen(stream);
    const { watch_id: id, header, created, canceled, fragment, events } = response;
    const watcher = this.#watchers.get(id);
    if (!watcher) return;
    if (canceled) return this.#cancelled(stream, id, watcher, response);
    const revision = BigInt(header.revision);
    if (created) {
      this.#deniedOnce = false;
      return watcher.begun(revision);
    }
    const all = [...(this.#fragments.get(id) ?? []), ...events];
    if (fragment) return void this.#fragments.set(id, all);
    this.#fragments.delete(id);
    if (all.length > 0) watcher.changed(all, revision);
  }

  /** By the server: refused, or fallen behind a compaction. The others go on. */
  #cancelled(stream: Stream, id: string, watcher: Watcher, { cancel_reason }: IWatchResponse): void {
    this.#fragments.delete(id);
    watcher.lost();
    if (/permission denied/.test(cancel_reason)) return this.#denied(stream, id, watcher, cancel_reason);
    void pause(this.#runtime, signMs / 20, this.#over.signal).then(() => {
      if (stream === this.#stream && this.#watchers.has(id)) this.#ask(stream, id, watcher);
    });
  }

  /** A token that has run out is refused in the same words as a right that is missing: the former is worth another stream. */
  #denied(stream: Stream, id: string, watcher: Watcher, reason: string): void {
    if (this.#connection.authenticates && !this.#deniedOnce) {
      this.#deniedOnce = true;
      this.#connection.forgetToken();
      return this.#broken(stream);
    }
    this.#watchers.delete(id);
    watcher.refused(
      new AuthError(
        `etcd refused to watch ${JSON.stringify(watcher.range.key.toString())}: ${reason}. Grant the user's role the right to read it.`,
        { operation: "store.watch" },
      ),
    );
  }

  #refuseAll(error: Error): void {
    const watchers = [...this.#watchers.values()];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.refused(error);
  }

  #failed(stream: Stream, member: Member, failure: RpcFailure): void {
    if (stream !== this.#stream) return;
    if (failure.kind === "token") this.#connection.forgetToken();
    this.#broken(stream);
    this.#connection.leave(member, failure);
  }

  #broken(stream: Stream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#member = undefined;
    this.#silence?.cancel();
    this.#fragments.clear();
    stream.cancel();
    for (const watcher of [...this.#watchers.values()]) watcher.lost();
    if (this.#watchers.size > 0) void this.#open();
  }

  #close(): void {
    this.#over.abort("closed");
    this.#watchers.clear();
    if (this.#stream) this.#broken(this.#stream);
  }

  /** A stream over which nothing comes may be dead: no error tells of a server that stands still. */
  #listen(stream: Stream): void {
    this.#silence?.cancel();
    this.#silence = this.#runtime.timer(silenceMs, () => this.#askForSign(stream), { keepAlive: false });
  }

  #askForSign(stream: Stream): void {
    const { member } = this.#connection;
    stream.write({ progress_request: {} });
    this.#silence = this.#runtime.timer(
      signMs,
      () => this.#failed(stream, member, new RpcFailure("unknown", `${member.endpoint} gives no sign of life`)),
      { keepAlive: false },
    );
  }
}
