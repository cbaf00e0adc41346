import type { Entry, Rival } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { rivalsAhead, rivalsOf } from "./contenders.ts";
import { nameOf, pathOf } from "./nodes.ts";
import { ifThere } from "./reading.ts";
import { exists } from "./wire/requests.ts";

/** Those of `names` that were created before, in their order: by their numbers, and where these don't tell, by their transactions. */
export const whoIsAhead = (
  send: Send,
  line: string,
  names: readonly string[],
  mine: Pick<Entry, "key" | "order">,
): readonly Rival[] | Promise<readonly Rival[]> => {
  const own = nameOf(mine.key);
  return rivalsAhead(line, names, own) ?? createdBefore(send, rivalsOf(line, names, own), mine.order);
};

/** Whoever has gone meanwhile is not ahead. No two are created in one directory by one transaction (`Bundle`). */
async function createdBefore(send: Send, rivals: readonly Rival[], order: bigint): Promise<readonly Rival[]> {
  const created = await Promise.all(
    rivals.map(async (rival) => {
      const { value } = await ifThere(send(exists(pathOf(rival.key))));
      return value && value.czxid < order ? [{ rival, czxid: value.czxid }] : [];
    }),
  );
  return created
    .flat()
    .sort((a, b) => (a.czxid < b.czxid ? -1 : 1))
    .map(({ rival }) => rival);
}
