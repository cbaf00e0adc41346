import type { Blockers, Key, Place, Rival, Standing } from "@coord/core/spi";
import { attached } from "./attached.ts";
import type { Connection } from "./connection.ts";
import type { Follower } from "./line.ts";
import type { Views } from "./views.ts";

/**
 * Follows a place on a mirror of the line, which all that this client has in it share: a hand-over is one event and no
 * request. The first standing is one in which the own entry has been seen, for the mirror may be behind what `contend` told.
 */
export function follow(
  connection: Connection,
  views: Views,
  { line, mine, ahead }: Place,
  blockers: Blockers,
  signal: AbortSignal | undefined,
): AsyncIterable<Standing> {
  return attached(connection, signal, (shown) => {
    let last: Standing | undefined;
    let inTheWay = keysOf(blockers(ahead));
    const show = (standing: Standing) => {
      last = standing;
      inTheWay = keysOf(blockers(standing.ahead));
      follower.concerns = new Set([mine.key, ...inTheWay]);
      shown.push(standing);
    };
    const look = (keys?: ReadonlySet<Key>) => {
      if (!mirror.fresh || (!last && mirror.revision < mine.order)) return; // once it was seen, only a store that was set back shows less
      const isWritten = keys !== undefined && inTheWay.some((key) => keys.has(key));
      const present = mirror.has(mine.key, mine.order);
      const standing = { present, ahead: mirror.ahead(mine.order), revision: mirror.revision, stale: false };
      if (!last || last.stale || isWritten || !isLike(last, standing)) show(standing);
    };
    const follower: Follower = {
      concerns: new Set([mine.key, ...inTheWay]),
      moved: look,
      lost: () => {
        if (last && !last.stale) show({ ...last, stale: true });
      },
      failed: (error: Error) => shown.fail(error),
    };
    const { item: mirror, leave: leaveLine } = views.line(line);
    mirror.add(follower);
    look();
    if (!last && mirror.fresh) void mirror.reaches(mine.order).then((reached) => (reached ? look() : mirror.confirm()));
    return () => {
      mirror.remove(follower);
      leaveLine();
    };
  });
}

const keysOf = (rivals: readonly Rival[]): readonly Key[] => rivals.map(({ key }) => key);

const isLike = (a: Standing, b: Standing): boolean =>
  a.present === b.present &&
  a.ahead.length === b.ahead.length &&
  a.ahead.every(({ key }, at) => key === b.ahead[at]?.key);
