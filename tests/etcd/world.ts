import { type ConnectOptions, type Coord, connect } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { inject, onTestFinished } from "vitest";
import { type EtcdOptions, startEtcd } from "../testbed/etcd.ts";
import type { EtcdCluster } from "../testbed/etcd-cluster.ts";
import { http } from "../testbed/http.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { EtcdRig } from "./rig.ts";

export const binaries = binariesOf(inject("servers").etcd);

/** A cluster of its own for one test, and clients of it that can be cut off. All is gone when the test ends. */
export class EtcdWorld {
  readonly cluster: EtcdCluster;
  readonly #rig: EtcdRig;

  private constructor(cluster: EtcdCluster) {
    this.cluster = cluster;
    this.#rig = new EtcdRig(cluster);
  }

  static async start(options: Omit<EtcdOptions, "binaries"> = {}): Promise<EtcdWorld> {
    if (!binaries) throw new Error("to be skipped without etcd");
    const cluster = await startEtcd({ binaries, ...options });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const world = new EtcdWorld(cluster);
    onTestFinished(() => world.#rig[Symbol.asyncDispose]());
    return world;
  }

  async client(
    options: ConnectOptions = {},
  ): Promise<{ readonly coord: Coord } & Awaited<ReturnType<EtcdRig["client"]>>> {
    const client = await this.#rig.client();
    const coord = await connect(client.backend, { session: { ttlMs: 3_000 }, ...options });
    onTestFinished(() => coord.close());
    return { ...client, coord };
  }

  /** A client without a session. */
  async store(): Promise<{ readonly store: Store } & Awaited<ReturnType<EtcdRig["client"]>>> {
    const client = await this.#rig.client();
    const store = await client.backend.open({ runtime: this.#rig.runtime, logger: silent, namespace: "" });
    onTestFinished(() => store.close());
    return { ...client, store };
  }

  /** Asks the first member by its HTTP door, past every client. */
  ask<T>(path: string, body: object = {}): Promise<T> {
    return http(this.cluster.node.endpoint, path, body, 10_000).then((text) => JSON.parse(text) as T);
  }

  expire(sessionId: string): Promise<void> {
    return this.#rig.expire(sessionId);
  }
}

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
