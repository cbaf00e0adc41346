import type { Scope, Snapshot } from "@coord/core/spi";
import { attached } from "./attached.ts";
import type { Connection } from "./connection.ts";
import type { View, Viewer } from "./view.ts";
import type { Views } from "./views.ts";

/** Snapshots of a shared view, from the first one on that has seen all that was written before the call. */
export function watch(
  connection: Connection,
  views: Views,
  scope: Scope,
  signal: AbortSignal | undefined,
): AsyncIterable<Snapshot> {
  return attached(connection, signal, (shown) => {
    let last: Snapshot | undefined;
    const show = () => {
      last = snapshotOf(view);
      shown.push(last);
    };
    const known = views.known(scope);
    const readsBefore = known?.reads ?? 0;
    let confirmed = false;
    const viewer: Viewer = {
      changed: (_, read = 0) => {
        confirmed ||= read > readsBefore;
        const isKnown = last && !last.stale && last.revision === view.revision && last.history === view.history;
        if (confirmed && !isKnown) show();
      },
      lost: () => {
        if (!last || last.stale) return;
        last = { ...last, stale: true };
        shown.push(last);
      },
      failed: (error) => shown.fail(error),
    };
    const { item: view, leave: leaveView } = views.of(scope);
    view.add(viewer);
    known?.confirm();
    return () => {
      view.remove(viewer);
      leaveView();
    };
  });
}

const snapshots = new WeakMap<View, Snapshot>();

/** Made once for all that look. */
function snapshotOf(view: View): Snapshot {
  const known = snapshots.get(view);
  if (known?.revision === view.revision && known.history === view.history) return known;
  const made = { entries: view.entries, revision: view.revision, stale: false, history: view.history };
  snapshots.set(view, made);
  return made;
}
