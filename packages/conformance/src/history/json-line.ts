import type { HistoryEvent } from "./events.ts";

/** The event as one line of JSON, without the line feed; tokens and versions of views as decimal strings. */
export function encodeEvent(event: HistoryEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

/**
 * The event that `encodeEvent` wrote. Throws a SyntaxError that shows the line if it is none, as the last line of a
 * process that was killed may be. Fields that no event has are left out.
 */
export function parseEvent(line: string): HistoryEvent {
  try {
    // The readers below are the definition of each kind, so what they return is one.
    return readEvent(asObject(JSON.parse(line))) as unknown as HistoryEvent;
  } catch (cause) {
    throw new SyntaxError(`not an event: ${line.slice(0, 200)} (${cause instanceof Error ? cause.message : cause})`, {
      cause,
    });
  }
}

type Fields = Readonly<Record<string, unknown>>;
type Reader = (value: unknown) => unknown;
type Shape = Readonly<Record<string, Reader>>;

const text: Reader = (value) => expected(typeof value === "string", "text", value);
const number: Reader = (value) => expected(Number.isFinite(value), "a number", value);
const flag: Reader = (value) => expected(typeof value === "boolean", "true or false", value);

const integer: Reader = (value) => {
  expected(typeof value === "string" && /^-?\d+$/.test(value), "a decimal string", value);
  return BigInt(String(value));
};

/** Absent is all that an optional field may be besides its type. */
function optional(reader: Reader): Reader {
  return (value) => (value === undefined ? undefined : reader(value));
}

function expected(holds: boolean, what: string, value: unknown): unknown {
  if (!holds) throw new TypeError(`${JSON.stringify(value)} is not ${what}`);
  return value;
}

const attempt: Shape = { at: number, client: text, kind: text, name: text, attempt: text, token: optional(integer) };
const entry: Shape = { at: number, kind: text, name: text, token: integer };
const ofClient: Shape = { at: number, client: text, kind: text };
const party: Shape = {
  at: number,
  client: text,
  kind: text,
  name: text,
  party: text,
  generation: optional(number),
  index: optional(number),
};
const view: Shape = { at: number, client: text, kind: text, view: text };
const condition: Shape = { expected: optional(text), version: optional(text) };

const calls: Readonly<Record<string, Shape>> = {
  read: { type: text },
  write: { type: text, value: text },
  cas: { type: text, value: text, ...condition },
  create: { type: text, value: text },
  remove: { type: text, ...condition },
};

const outcomes: Readonly<Record<string, Shape>> = {
  ok: { type: text, value: optional(text), version: optional(text) },
  failed: { type: text },
  unknown: { type: text },
};

const kinds: Readonly<Record<HistoryEvent["kind"], Shape>> = {
  asked: attempt,
  granted: { ...attempt, token: integer, weight: optional(number) },
  lost: attempt,
  released: attempt,
  refused: attempt,
  cancelled: attempt,
  admitted: entry,
  removed: entry,
  died: ofClient,
  stopped: ofClient,
  continued: ofClient,
  came: party,
  passed: party,
  broken: party,
  declined: party,
  excused: party,
  leaving: party,
  left: party,
  write: { at: number, client: text, kind: text, resource: text, token: integer, accepted: flag },
  opened: view,
  closed: view,
  seen: { ...view, version: integer, stale: optional(flag), value: optional(text) },
  truth: { at: number, kind: text, view: text, version: integer, value: optional(text) },
  operation: {
    client: text,
    kind: text,
    key: text,
    call: number,
    return: optional(number),
    op: (value) => readVariant(calls, "type", asObject(value)),
    outcome: (value) => readVariant(outcomes, "type", asObject(value)),
  },
};

function readEvent(fields: Fields): Fields {
  return readVariant(kinds, "kind", fields);
}

function readVariant(shapes: Readonly<Record<string, Shape>>, tag: string, fields: Fields): Fields {
  const name = String(fields[tag]);
  const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (!shape) throw new TypeError(`${JSON.stringify(fields[tag])} is no ${tag}`);
  const read = Object.entries(shape).map(([field, reader]) => [field, readField(fields, field, reader)] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function readField(fields: Fields, field: string, reader: Reader): unknown {
  try {
    return reader(fields[field]);
  } catch (cause) {
    throw new TypeError(`${field}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function asObject(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  return value as Fields;
}
