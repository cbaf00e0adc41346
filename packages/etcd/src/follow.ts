import { type Blockers, Latest, type Place, type Rival, type Standing } from "@coord/core/spi";
import type { Connection } from "./connection.ts";
import { aheadOf, contenderOf } from "./contend.ts";
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
  let leave = () => {};
  const shown = new Latest<Standing>({
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
  let last: Standing | undefined;
  let inTheWay = keysOf(blockers(ahead));
  const show = (standing: Standing) => {
    last = standing;
    inTheWay = keysOf(blockers(standing.ahead));
    shown.push(standing);
  };
  const standingNow = (): Standing => {
    const { kept, revision } = looking.view;
    const contenders = [...kept].map(([key, kv]) => contenderOf(key, kv));
    return {
      present: kept.get(mine.key)?.create_revision === `${mine.order}`,
      ahead: aheadOf(contenders, mine.order),
      revision,
      stale: false,
    };
  };
  const look = (keys: ReadonlySet<string> | undefined) => {
    if (!looking.view.fresh || looking.view.revision < mine.order) return;
    const blockerWritten = keys !== undefined && [...inTheWay].some((key) => keys.has(key));
    if (last && !last.stale && keys && !blockerWritten && !keys.has(mine.key)) return;
    const standing = standingNow();
    if (!last || last.stale || blockerWritten || !isLike(last, standing)) show(standing);
  };
  const looking = views.lookAtLine(line, {
    changed: look,
    lost: () => {
      if (last && !last.stale) show({ ...last, stale: true });
    },
    failed: (error) => shown.fail(error),
  });
  leave = looking.leave;
  look(undefined);
  return shown;
}

const keysOf = (rivals: readonly Rival[]): ReadonlySet<string> => new Set(rivals.map(({ key }) => key));

const isLike = (a: Standing, b: Standing): boolean =>
  a.present === b.present &&
  a.ahead.length === b.ahead.length &&
  a.ahead.every(({ key }, at) => key === b.ahead[at]?.key);
