import { type Entry, type Key, Latest, type Scope, type Snapshot } from "@coord/core/spi";
import type { Connection } from "./connection.ts";
import { entryOf } from "./entries.ts";
import type { Kept, View } from "./view.ts";
import type { Views } from "./views.ts";

/** Snapshots of a shared view, from the first one on that has seen all that was written before the call. */
export function watch(
  connection: Connection,
  views: Views,
  scope: Scope,
  signal: AbortSignal | undefined,
): AsyncIterable<Snapshot> {
  let leave = () => {};
  const shown = new Latest<Snapshot>({
    signal,
    onEnd: () => {
      leaveConnection();
      leave();
    },
  });
  const leaveConnection = connection.onTrouble(() => connection.closed && shown.end());
  if (connection.closed || signal?.aborted) {
    shown.end();
    return shown;
  }
  let last: Snapshot | undefined;
  const show = () => {
    last = { ...snapshotOf(looking.view), stale: false };
    shown.push(last);
  };
  let confirmed = false;
  const looking = views.look(scope, {
    changed: (keys) => {
      confirmed ||= keys === undefined;
      const isKnown = last && !last.stale && last.revision === looking.view.revision;
      if (confirmed && !isKnown) show();
    },
    lost: () => {
      if (!last || last.stale) return;
      last = { ...last, stale: true };
      shown.push(last);
    },
    failed: (error) => shown.fail(error),
  });
  leave = looking.leave;
  looking.view.confirm();
  return shown;
}

const snapshots = new WeakMap<View, Omit<Snapshot, "stale">>();

/** Made once for all that look. */
function snapshotOf(view: View): Omit<Snapshot, "stale"> {
  const known = snapshots.get(view);
  if (known?.revision === view.revision) return known;
  const entries = [...view.kept].sort(byKey).map(([key, kept]) => entryAt(key, kept));
  const made = { entries, revision: view.revision };
  snapshots.set(view, made);
  return made;
}

const byKey = ([a]: readonly [Key, Kept], [b]: readonly [Key, Kept]) => (a < b ? -1 : 1);

const entryAt = (key: Key, kept: Kept): Entry => entryOf(key, kept);
