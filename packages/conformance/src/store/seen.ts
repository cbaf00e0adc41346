import type { Scope, Snapshot, Store } from "@coord/core/spi";
import { bytes, text } from "../rig.ts";

export const put = (store: Store, key: string, value: string) =>
  store.commit({ writes: [{ put: key, value: bytes(value) }] });
export const values = (snapshot: Snapshot | undefined) => snapshot?.entries.map(({ value }) => text(value)) ?? [];

/** Every snapshot that a watch tells, in a list that grows. */
export function record(
  store: Store,
  scope: Scope,
  signal: AbortSignal,
): { readonly seen: Snapshot[]; readonly ended: Promise<void> } {
  const seen: Snapshot[] = [];
  const watch = async () => {
    for await (const snapshot of store.watch(scope, { signal })) seen.push(snapshot);
  };
  return { seen, ended: watch() };
}
