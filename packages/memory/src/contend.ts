import { joinKey, type Key, type Place, type Rival, type Standing, type Ticket } from "@coord/core/spi";
import type { MemoryServer } from "./server.ts";

/** `<line>/<kind>-<id>`: the ticket's id makes the key, so a repeated attempt finds its own. */
const contenderKey = (line: Key, { kind, id }: Ticket): Key => joinKey(line, `${kind}-${id}`);

const kindOf = (key: Key): string | undefined => /([A-Za-z_]+)-[^/]*$/.exec(key)?.[1];

/** Stands in line, or finds the place that this ticket has already. At the server, in one step. */
export function contend(server: MemoryServer, line: Key, ticket: Ticket): Place {
  server.assertSession(ticket.session.id);
  const key = contenderKey(line, ticket);
  if (!server.get(key)) server.commit({ writes: [{ create: key, value: ticket.value, session: ticket.session }] });
  const mine = server.get(key);
  if (!mine) throw new Error(`the entry ${key} was just made`);
  return { line, mine, ahead: rivalsAhead(server, line, mine.order), revision: server.revision };
}

export function standingOf(server: MemoryServer, { line, mine }: Place): Omit<Standing, "stale"> {
  return {
    present: server.get(mine.key)?.order === mine.order,
    ahead: rivalsAhead(server, line, mine.order),
    revision: server.revision,
  };
}

/** Whoever is bound to a session stands in line; what a recipe wrote there for good does not. */
function rivalsAhead(server: MemoryServer, line: Key, order: bigint): Rival[] {
  return server
    .list(line)
    .entries.filter((entry) => entry.session !== undefined && entry.order < order)
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ key }) => ({ key, kind: kindOf(key) }));
}
