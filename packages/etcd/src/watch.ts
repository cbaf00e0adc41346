import type { Scope, Snapshot } from "@coord/core/spi";
import { attached } from "./attached.ts";
import type { Connection } from "./connection.ts";
import type { Viewer } from "./view.ts";
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
    const show = (snapshot: Snapshot) => {
      last = snapshot;
      shown.push(snapshot);
    };
    const known = views.known(scope);
    const readsBefore = known?.reads ?? 0;
    let confirmed = false;
    const viewer: Viewer = {
      changed: (_, read = 0) => {
        confirmed ||= read > readsBefore;
        if (confirmed && last !== view.snapshot) show(view.snapshot);
      },
      lost: () => {
        if (last && !last.stale) show({ ...last, stale: true });
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
