import { type Entry, type Place, type Ticket, UnavailableError } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isNameOf, nameStem, rivalsAhead } from "./contenders.ts";
import type { Directories } from "./directories.ts";
import { childPath, keyOf, nameOf, versionOf } from "./nodes.ts";
import { find, ifThere } from "./reading.ts";
import type { Tickets } from "./tickets.ts";
import { RefusedError } from "./wire/answers.ts";
import { type Acl, createMode, errorCode, getChildren, type Op } from "./wire/requests.ts";
import type { Writing } from "./writing.ts";

export interface ContendContext {
  readonly send: Send;
  readonly writing: Writing;
  readonly acl: readonly Acl[];
  readonly session: string;
  readonly tickets: Tickets;
  readonly directories: Directories;
}

const attempts = 5;

/**
 * Stands in line: the new node and the look at those before it travel together. A ticket that was used before is looked
 * for first, once the attempt before has been settled: so there is never a second place.
 */
export async function contend(context: ContendContext, line: string, ticket: Omit<Ticket, "session">): Promise<Place> {
  const { tickets, send } = context;
  return tickets.inTurn(ticket.id, async (used) => {
    const known = used ? await readBack(send, line, ticket.id) : undefined;
    const place = known ?? (await stand(context, line, ticket));
    tickets.stands(ticket.id, place.mine.key);
    return place;
  });
}

async function readBack(send: Send, line: string, id: string): Promise<Place | undefined> {
  const [, { value: names = [], zxid }] = await Promise.all([send.caughtUp(), ifThere(send(getChildren(line)))]);
  const own = names.find((name) => isNameOf(name, id));
  if (own === undefined) return undefined;
  const { entry } = await find(send, childPath(line, own));
  return entry && { line: keyOf(line), mine: entry, ahead: rivalsAhead(line, names, own), revision: zxid };
}

async function stand(
  context: ContendContext,
  line: string,
  { id, kind, value }: Omit<Ticket, "session">,
): Promise<Place> {
  const { send, writing, acl, session, directories } = context;
  const create: Op = {
    op: "create",
    path: childPath(line, nameStem(id, kind)),
    data: value,
    acl,
    mode: createMode.ephemeralSequential,
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const prepared = directories.prepare(send, line);
    const [[made, names]] = await Promise.all([writing.writeThenList([create], line), prepared]);
    if ("failed" in made.value) {
      const { code } = made.value.failed;
      if (code !== errorCode.noNode) throw new RefusedError(code, made.zxid);
      directories.vanished(line);
      continue;
    }
    const path = made.value.done[0]?.path ?? "";
    const mine: Entry = {
      key: keyOf(path),
      value: Buffer.from(value),
      version: versionOf({ mzxid: made.zxid, version: 0 }),
      order: made.zxid,
      session,
    };
    return {
      line: keyOf(line),
      mine,
      ahead: rivalsAhead(line, names.value ?? [], nameOf(path)),
      revision: names.zxid,
    };
  }
  throw new UnavailableError(`The directory of the line ${JSON.stringify(keyOf(line))} kept vanishing. Try again.`, {
    operation: "contend",
    key: keyOf(line),
  });
}
