import type { Entry, Key, Listing } from "@coord/core/spi";
import type { Batcher } from "./batch.ts";
import { childOf, rangeBelow } from "./keys.ts";
import type { Kept, Reading } from "./view.ts";
import type { KeyValue, ResponseOp } from "./wire/txn.ts";

/** The id of a lease as the field's layouts write it. */
export const leaseHex = (id: string): string => BigInt(id).toString(16);

export const sessionOf = (lease: string): string | undefined => (lease === "0" ? undefined : leaseHex(lease));

export const entryOf = (key: Key, { value, mod_revision, create_revision, lease }: Kept): Entry => ({
  key,
  value,
  version: mod_revision,
  order: BigInt(create_revision),
  session: sessionOf(lease),
});

export const rangeOf = (response: ResponseOp | undefined): readonly KeyValue[] => response?.response_range?.kvs ?? [];

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

export async function get(batcher: Batcher, key: Key, options: ReadOptions = {}): Promise<Entry | undefined> {
  const { kvs } = await read(batcher, key, options);
  return kvs[0] && entryOf(key, kvs[0].kv);
}

/** Linearizable: a range is agreed on with the leader. */
export async function read(batcher: Batcher, key: Key, { signal }: ReadOptions = {}): Promise<Reading> {
  const { header, responses } = await batcher.submit({
    operation: "get",
    key,
    repeatable: true,
    signal,
    footprint: { reads: [key] },
    request: { success: [{ request_range: { key } }] },
  });
  return { kvs: rangeOf(responses[0]).map((kv) => ({ key, kv })), revision: BigInt(header.revision) };
}

export async function list(batcher: Batcher, under: Key, options: ReadOptions = {}): Promise<Listing> {
  const { kvs, revision } = await children(batcher, under, options);
  return { entries: kvs.map(({ key, kv }) => entryOf(key, kv)), revision };
}

/** Direct children by key. Those of a directory lie among all that is below it, so that is read. */
export async function children(
  batcher: Batcher,
  under: Key,
  { signal, keysOnly = false }: ReadOptions & { readonly keysOnly?: boolean } = {},
): Promise<Reading> {
  const { header, responses } = await batcher.submit({
    operation: "list",
    key: under,
    repeatable: true,
    signal,
    footprint: { lists: [under] },
    request: { success: [{ request_range: { ...rangeBelow(under), keys_only: keysOnly } }] },
  });
  return { kvs: childrenOf(under, rangeOf(responses[0])), revision: BigInt(header.revision) };
}

/** What is no key of ours, or no direct child, was written by somebody else or belongs to somebody deeper: it is passed over. */
export function childrenOf(under: Key, kvs: readonly KeyValue[]): { readonly key: Key; readonly kv: KeyValue }[] {
  return kvs.flatMap((kv) => {
    const key = childOf(under, kv.key);
    return key === undefined ? [] : [{ key, kv }];
  });
}
