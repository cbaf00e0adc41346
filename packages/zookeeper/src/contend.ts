import { type Entry, type Place, type Ticket, UnavailableError } from "@coord/core/spi";
import type { Send } from "./connection.ts";
import { isNameOf, nameStem, rivalsAhead } from "./contenders.ts";
import type { Directories } from "./directories.ts";
import { childPath, keyOf, nameOf, versionOf } from "./nodes.ts";
import { find, ifThere } from "./reading.ts";
import type { Tickets } from "./tickets.ts";
import { RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { Op } from "./wire/ops.ts";
import { type Acl, createMode } from "./wire/records.ts";
import { getChildren } from "./wire/requests.ts";
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
export function contend(context: ContendContext, line: string, ticket: Omit<Ticket, "session">): Promise<Place> {
  const again = async () => (await readBack(context, line, ticket.id)) ?? stand(context, line, ticket);
  return context.tickets.inTurn(ticket.id, (used) => (used ? again() : stand(context, line, ticket)));
}

async function readBack({ send, tickets }: ContendContext, line: string, id: string): Promise<Place | undefined> {
  const [, { value: names = [], zxid }] = await Promise.all([send.caughtUp(), ifThere(send(getChildren(line)))]);
  const own = names.find((name) => isNameOf(name, id));
  if (own === undefined) return undefined;
  const { entry } = await find(send, childPath(line, own));
  if (!entry) return undefined;
  tickets.stands(id, entry.key);
  return { line: keyOf(line), mine: entry, ahead: rivalsAhead(line, names, own), revision: zxid };
}

async function stand(
  context: ContendContext,
  line: string,
  { id, kind, value }: Omit<Ticket, "session">,
): Promise<Place> {
  const { send, writing, acl, session, directories, tickets } = context;
  const create: Op = {
    op: "create",
    path: childPath(line, nameStem(id, kind)),
    data: value,
    acl,
    mode: createMode.ephemeralSequential,
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const prepared = directories.knows(line) ? undefined : directories.prepare(send, line);
    const standing = writing.writeThenList([create], line);
    if (prepared) await Promise.all([prepared, standing]);
    const { made, names } = await standing;
    if ("failed" in made.value) {
      const { code } = made.value.failed;
      if (code !== errorCode.noNode) throw new RefusedError(code, made.zxid);
      directories.vanished(line);
      continue;
    }
    const path = made.value.done[0]?.path ?? "";
    const mine: Entry = {
      key: keyOf(path),
      value,
      version: versionOf({ mzxid: made.zxid, version: 0 }),
      order: made.zxid,
      session,
    };
    tickets.stands(id, mine.key);
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
