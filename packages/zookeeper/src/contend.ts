import { type Entry, type Place, type Ticket, UnavailableError, UnknownOutcomeError } from "@coord/core/spi";
import { whoIsAhead } from "./ahead.ts";
import type { Period, Send } from "./connection.ts";
import { isNameOf, nameStem } from "./contenders.ts";
import type { Directories } from "./directories.ts";
import { leave } from "./leave.ts";
import { childPath, keyOf, pathOf, versionOf } from "./nodes.ts";
import { find, ifThere } from "./reading.ts";
import type { Tickets } from "./tickets.ts";
import { RefusedError, UnansweredError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import type { Create } from "./wire/ops.ts";
import { type Acl, createMode } from "./wire/records.ts";
import { getChildren } from "./wire/requests.ts";
import type { Writing } from "./writing.ts";

export interface ContendContext {
  readonly send: Send;
  readonly period: Period;
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
  const { tickets } = context;
  const { id } = ticket;
  const first = () =>
    stand(context, line, ticket).catch((error) => {
      if (!mayStand(error)) tickets.forget(id);
      throw error;
    });
  const again = async () => (await readBack(context, line, id)) ?? first();
  return tickets.inTurn(id, (used) => (used ? again() : first()));
}

/** Whether an attempt that ended like this may have left something in the line. */
const mayStand = (error: unknown): boolean =>
  error instanceof UnansweredError ? error.sent : error instanceof UnknownOutcomeError;

/** A place that is known to have been made and can no longer be seen is given up: nobody else would, as long as the session lives. */
function readBack(context: ContendContext, line: string, id: string): Promise<Place | undefined> {
  const { tickets, writing } = context;
  return findPlace(context, line, id).catch(async (error) => {
    const key = tickets.keyOf(id);
    const isAnswer = !(error instanceof UnansweredError);
    if (isAnswer && key !== undefined && (await leave(writing, key))) tickets.forget(id);
    throw error;
  });
}

async function findPlace({ send, tickets }: ContendContext, line: string, id: string): Promise<Place | undefined> {
  const [, { value: names = [], zxid }] = await Promise.all([send.caughtUp(), ifThere(send(getChildren(line)))]);
  const own = names.find((name) => isNameOf(name, id));
  if (own === undefined) return undefined;
  const path = childPath(line, own);
  tickets.stands(id, keyOf(path));
  const { entry } = await find(send, path);
  return entry && { line: keyOf(line), mine: entry, ahead: await whoIsAhead(send, line, names, entry), revision: zxid };
}

async function stand(
  context: ContendContext,
  line: string,
  { id, kind, value }: Omit<Ticket, "session">,
): Promise<Place> {
  const { send, period, writing, acl, session, directories, tickets } = context;
  const isFirst = (path: string) => tickets.isFirst(keyOf(path), period);
  const create: Create = {
    op: "create",
    path: childPath(line, nameStem(id, kind)),
    data: value,
    acl,
    mode: createMode.ephemeralSequential,
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const prepared = directories.knows(line) ? undefined : directories.prepare(send, line);
    const { made, names } = await writing.stand(create, { directory: line, isFirst });
    if ("failed" in made.value) {
      const trouble = await prepared;
      if (trouble) throw trouble.error;
      const { code } = made.value.failed;
      if (code !== errorCode.noNode) throw new RefusedError(code, made.zxid);
      directories.vanished(line);
      continue;
    }
    const path = made.value.done[0]?.path ?? "";
    tickets.stands(id, keyOf(path));
    if ("error" in names) throw await withdrawn(context, path, names.error);
    const mine: Entry = {
      key: keyOf(path),
      value,
      version: versionOf({ mzxid: made.zxid, version: 0 }),
      order: made.zxid,
      session,
    };
    const ahead = await aheadOf(context, line, names.value ?? [], mine);
    if (ahead.length === 0) tickets.standsFirst(id, period);
    return { line: keyOf(line), mine, ahead, revision: names.zxid };
  }
  throw new UnavailableError(`The directory of the line ${JSON.stringify(keyOf(line))} kept vanishing. Try again.`, {
    operation: "contend",
    key: keyOf(line),
  });
}

async function aheadOf(context: ContendContext, line: string, names: readonly string[], mine: Entry) {
  try {
    return await whoIsAhead(context.send, line, names, mine);
  } catch (error) {
    throw await withdrawn(context, pathOf(mine.key), error);
  }
}

/** Who can't be told where he stands is not to stand there. The result is what to tell instead. */
async function withdrawn({ writing }: ContendContext, path: string, error: unknown): Promise<unknown> {
  if (error instanceof UnansweredError) return new UnansweredError(true); // only the list may have been lost unsent
  if (await leave(writing, keyOf(path)).catch(() => undefined)) return error;
  return new UnknownOutcomeError(
    `The line of ${JSON.stringify(keyOf(path))} can't be listed, and the entry that was made there could not be removed again: it may stay until its session ends. Grant the right to read the line, and to delete in it.`,
    { operation: "contend", key: keyOf(path), cause: error },
  );
}
