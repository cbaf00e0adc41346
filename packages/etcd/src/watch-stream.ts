import { CoordError, pause, type Runtime, retry, type Timer } from "@coord/core/spi";
import type { IDuplexStream, IEvent, IWatchRequest, IWatchResponse } from "etcd3";
import type { Connection } from "./connection.ts";
import { failureOf, RpcFailure, Silence } from "./failure.ts";
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
 * How long answers to other calls on the same endpoint may stand for a sign of the stream itself. Only a stream that is dead on a
 * connection that lives is found out no sooner; asking costs a client that is idle a request beside its heartbeats.
 */
const unheardMs = 30_000;

const longestPauseMs = 2_000;

/** The name that the server gives a watch that it refuses to begin. */
const nobody = "-1";

/**
 * All watches of a client, on one stream: begun without waiting for one another, under names of our own. Each begins at
 * the present, for etcd serves one that begins in the past from a list that it visits each 100 ms; what was before is read.
 * When the stream breaks or falls silent, another one is opened and all are begun anew.
 */
export class WatchStream {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #watchers = new Map<string, Watcher>();
  /** Asked for on this stream and not answered yet, in the order in which the answers come. */
  #asked: string[] = [];
  /** Since when the first of them is the next to be answered. */
  #askedMs = 0;
  readonly #fragments = new Map<string, IEvent[]>();
  readonly #over = new AbortController();
  #lastId = 0;
  #stream: Stream | undefined;
  #member: Member | undefined;
  #opening = false;
  #silence: Timer | undefined;
  /** Ends the time that is left for the first of those asked for. */
  #overdue: Timer | undefined;
  #heardMs = 0;
  #refusals = 0;
  /** Streams that failed since the last word of a server. */
  #failures = 0;

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
    const pauseMs = this.#failures === 0 ? 0 : Math.min(longestPauseMs, 10 * 2 ** this.#failures);
    this.#failures += 1;
    try {
      // To open one succeeds at once, whoever is there: that it can't be had is told by its error.
      await pause(this.#runtime, pauseMs * this.#runtime.random(), signal);
      await retry(this.#runtime, () => this.#openOnce(), { signal, when: (error) => this.#mayPass(error) });
    } catch (error) {
      if (!signal.aborted) this.#refuseAll(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#opening = false;
      if (!this.#stream && this.#watchers.size > 0) void this.#open(); // it broke as soon as it was there
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
    if (member !== this.#connection.member) {
      stream.cancel();
      throw new RpcFailure("elsewhere", `${member.endpoint} was left meanwhile`);
    }
    this.#stream = stream;
    this.#member = member;
    stream.on("data", (response) => {
      if (stream !== this.#stream) return;
      this.#failures = 0;
      this.#heardMs = this.#runtime.now();
      this.#connection.lineage.extend(response.header);
      this.#listen(stream, member);
      this.#heard(stream, response);
      this.#look(stream, member);
    });
    stream.on("error", (error) => this.#failed(stream, member, failureOf(error)));
    stream.on("end", () => this.#failed(stream, member, new RpcFailure("unknown", "the watch stream ended")));
    this.#heardMs = this.#runtime.now();
    this.#listen(stream, member);
    for (const [id, watcher] of this.#watchers) this.#ask(stream, id, watcher);
  }

  #ask(stream: Stream, id: string, watcher: Watcher): void {
    const { key, range_end = "" } = watcher.range;
    const range = { key: Buffer.from(key), range_end: Buffer.from(range_end) };
    stream.write({ create_request: { ...range, watch_id: id, fragment: true } });
    if (this.#asked.length === 0) this.#askedMs = this.#runtime.now();
    this.#asked.push(id);
    watcher.asked();
  }

  #heard(stream: Stream, response: IWatchResponse): void {
    const { header, created, canceled, fragment, events } = response;
    const answered = created ? this.#asked.shift() : undefined;
    if (created) this.#askedMs = this.#heardMs;
    const id = response.watch_id === nobody ? (answered ?? nobody) : response.watch_id;
    if (canceled) return this.#cancelled(stream, id, response);
    const watcher = this.#watchers.get(id);
    if (!watcher) return;
    const revision = BigInt(header.revision);
    if (created) {
      this.#refusals = 0;
      return watcher.begun(revision);
    }
    const all = [...(this.#fragments.get(id) ?? []), ...events];
    if (fragment) return void this.#fragments.set(id, all);
    this.#fragments.delete(id);
    if (all.length > 0) watcher.changed(all, revision);
  }

  /**
   * By the server. Refused for a missing right, the others go on. One that has fallen behind a compaction goes on with them on
   * another stream: this one doesn't take its name again.
   */
  #cancelled(stream: Stream, id: string, { created, cancel_reason }: IWatchResponse): void {
    const { kind } = failureOf(cancel_reason);
    if (kind === "token") return this.#lacksToken(stream);
    const watcher = this.#watchers.get(id);
    if (!watcher) return;
    this.#fragments.delete(id);
    watcher.lost();
    if (kind === "denied") return void this.#lacksRight(stream, id, watcher);
    void this.#breakAfter(stream, created ? signMs : signMs / 20);
  }

  /** Then all of them begin anew, with another one. */
  #lacksToken(stream: Stream): void {
    this.#connection.forgetToken();
    void this.#breakAfter(stream, this.#refusals * signMs);
    this.#refusals = 1;
  }

  async #breakAfter(stream: Stream, pauseMs: number): Promise<void> {
    await pause(this.#runtime, pauseMs, this.#over.signal);
    this.#broken(stream);
  }

  /** A token that has run out is refused in the same words as a right that is missing. A read, for which it is renewed, tells which it is. */
  async #lacksRight(stream: Stream, id: string, watcher: Watcher): Promise<void> {
    const { range } = watcher;
    const asked = { operation: "watch", key: range.key, repeatable: true, signal: this.#over.signal };
    const request = { success: [{ request_range: { ...range, count_only: true } }] };
    try {
      await this.#connection.call({ ...asked, send: (rpc, options) => rpc.txn(request, options) });
      this.#broken(stream);
    } catch (error) {
      if (this.#over.signal.aborted) return;
      if (!CoordError.is(error, "AUTH")) return this.#broken(stream);
      if (this.#watchers.delete(id)) watcher.refused(error);
    }
  }

  #refuseAll(error: Error): void {
    const watchers = [...this.#watchers.values()];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.refused(error);
  }

  #failed(stream: Stream, member: Member, failure: RpcFailure): void {
    if (stream !== this.#stream) return;
    if (failure.kind === "token") this.#connection.forgetToken();
    this.#connection.leave(member, failure); // first, so that the next stream is opened elsewhere
    this.#broken(stream);
  }

  #broken(stream: Stream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#member = undefined;
    this.#silence?.cancel();
    this.#overdue?.cancel();
    this.#overdue = undefined;
    this.#fragments.clear();
    this.#asked = [];
    stream.cancel();
    for (const watcher of [...this.#watchers.values()]) watcher.lost();
    if (this.#watchers.size > 0) void this.#open();
  }

  #close(): void {
    this.#over.abort("closed");
    this.#watchers.clear();
    if (this.#stream) this.#broken(this.#stream);
  }

  /**
   * What a stream tells of others says nothing of a watch that should have begun. That is left some time even when it is overdue: where this
   * process stood still, its answer may have come and is only not read yet.
   */
  #look(stream: Stream, member: Member): void {
    const askedMs = this.#askedMs;
    if (this.#overdue || this.#asked.length === 0 || this.#heardMs - askedMs < silenceMs) return;
    const fail = () => {
      this.#overdue = undefined;
      const forMs = this.#runtime.now() - askedMs;
      if (this.#asked.length > 0 && this.#askedMs === askedMs) this.#failed(stream, member, new Silence(forMs));
    };
    this.#overdue = this.#runtime.timer(signMs, fail, { keepAlive: false });
  }

  /** A stream over which nothing comes may be dead: no error tells of a server that stands still. */
  #listen(stream: Stream, member: Member): void {
    this.#silence?.cancel();
    this.#silence = this.#runtime.timer(silenceMs, () => this.#askForSign(stream, member), { keepAlive: false });
  }

  /**
   * An answer to any other call is a sign, too, for a while: a session's heartbeats make asking for one rare. They say nothing of a watch
   * that should have begun. And where nothing is watched, later servers than 3.4.24 and 3.5.7 don't answer.
   */
  #askForSign(stream: Stream, member: Member): void {
    if (this.#watchers.size === 0) return this.#listen(stream, member);
    const nowMs = this.#runtime.now();
    const isHeard = nowMs - this.#connection.heardMs(member) < silenceMs && nowMs - this.#heardMs < unheardMs;
    if (isHeard && this.#asked.length === 0) return this.#listen(stream, member);
    stream.write({ progress_request: {} });
    this.#silence = this.#runtime.timer(signMs, () => this.#failed(stream, member, new Silence(signMs)), {
      keepAlive: false,
    });
  }
}
