import { Latest } from "@coord/core/spi";
import type { Connection } from "./connection.ts";

/**
 * What a caller is shown, newest only, until it leaves, its signal aborts or the connection is closed.
 *
 * @param begin begins to show; its result ends that, and is called once
 */
export function attached<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  begin: (shown: Latest<T>) => () => void,
): AsyncIterable<T> {
  const leaves: (() => void)[] = [];
  const shown = new Latest<T>({
    signal,
    onEnd: () => {
      for (const leave of leaves) leave();
    },
  });
  if (connection.closed) shown.end();
  if (shown.ended) return shown;
  leaves.push(connection.onTrouble(() => connection.closed && shown.end()));
  leaves.push(begin(shown));
  return shown;
}
