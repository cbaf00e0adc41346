import { joinKey, type Key, type Place, type Rival, type Standing } from "@coord/core/spi";
import type { Seen, WireTicket } from "./protocol.ts";
import type { State } from "./state.ts";

/** `<line>/<kind>-<id>`: the ticket's id makes the key, so a repeated attempt finds its own. */
const contenderKey = (line: Key, { kind, id }: WireTicket): Key => joinKey(line, `${kind}-${id}`);

const kindOf = (key: Key): string | undefined => /([A-Za-z_]+)-[^/]*$/.exec(key)?.[1];

/** Stands in line, or finds the place that this ticket has already. */
export function contend(state: State, line: Key, ticket: WireTicket): Place {
  const key = contenderKey(line, ticket);
  return state.step(() => {
    const mine = state.get(key) ?? state.enter(key, ticket);
    return { line, mine, ahead: rivalsAhead(state, line, mine.order), revision: state.revision };
  });
}

export function standingOf(state: State, { line, mine }: Place): Seen<Standing> {
  return state.look(() => ({
    present: state.get(mine.key)?.order === mine.order,
    ahead: rivalsAhead(state, line, mine.order),
    revision: state.revision,
  }));
}

/** Whoever is bound to a session stands in line; what a recipe wrote there for good does not. */
function rivalsAhead(state: State, line: Key, order: bigint): Rival[] {
  return state
    .children(line)
    .filter((entry) => entry.session !== undefined && entry.order < order)
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ key }) => ({ key, kind: kindOf(key) }));
}
