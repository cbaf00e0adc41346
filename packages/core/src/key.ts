import { UsageError } from "./errors.ts";

/** A path of escaped segments, `a/b/c`: the same on every store. Made by `toKey` from any name. */
export type Key = string;

/** As many bytes as one segment may have after escaping, and a whole name. */
const maxSegmentBytes = 200;
const maxNameBytes = 1024;
/** A key below a name has room for one segment more: what a recipe puts there. */
const maxKeyBytes = maxNameBytes + 1 + maxSegmentBytes;

/**
 * What some store can't have in a key: control characters, everything outside the basic plane, the private use area
 * and the specials. `%` itself is escaped so that escaping can be undone.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const notPortable = /[%\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff\u{10000}-\u{10ffff}]/gu;
const escapes = /%[0-9A-F]{2}/g;

/**
 * The key of a name: `/` separates segments, any other text is kept or escaped reversibly (percent and UTF-8 bytes).
 * Rejects with `UsageError` what can't be a name on every store, and says which part.
 */
export function toKey(name: string): Key {
  if (typeof name !== "string") throw new UsageError(`A name must be a string, got ${describe(name)}.`);
  if (name === "") throw new UsageError("A name must not be empty.");
  const key = name
    .split("/")
    .map((segment) => toSegment(segment, name))
    .join("/");
  return withinLength(key, maxNameBytes, () => `The name ${quote(name)}`);
}

/** The name that `toKey` made this key from. */
export function toName(key: Key): string {
  try {
    return key.split("/").map(decodeURIComponent).join("/");
  } catch {
    return key; // written by somebody else, with a bare percent sign: show it as it is
  }
}

/** One segment: any text without `/`, escaped. */
function toSegment(segment: string, name: string): string {
  if (segment === "") {
    throw new UsageError(
      `The name ${quote(name)} has an empty segment: a name doesn't begin or end with "/" nor has "//".`,
    );
  }
  if (segment === "." || segment === "..")
    throw new UsageError(`The name ${quote(name)} has the segment "${segment}", which is no name.`);
  if (segment.includes("\0")) throw new UsageError(`The name ${quote(name)} has a NUL character in ${quote(segment)}.`);
  if (!segment.isWellFormed())
    throw new UsageError(
      `The name ${quote(name)} has half a surrogate pair in ${quote(segment)}: it is no valid text.`,
    );
  const escaped = segment.replace(notPortable, percentEncode);
  return withinLength(escaped, maxSegmentBytes, () => `The segment ${quote(segment)} of a name`);
}

/**
 * Any text as one segment of a key, `/` and a lone `.` escaped too; `toName` gives it back. For what users name freely, such as
 * the keys of a map.
 */
export function segmentOf(text: string): Key {
  if (typeof text !== "string" || text === "")
    throw new UsageError(`A key must be a string that is not empty, got ${describe(text)}.`);
  if (text === "." || text === "..") return text.replaceAll(".", "%2E");
  const parts = text.split("/").map((part) => (/^\.{0,2}$/.test(part) ? part : toSegment(part, text)));
  return withinLength(parts.join("%2F"), maxSegmentBytes, () => `The key ${quote(text)}`);
}

/** Most keys are so plain that one look tells: no segment too long, none that begins with a dot, nothing escaped. */
const plain = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** Checks a key that was not made here: a caller of the store must pass `toKey(name)`, not the name. */
export function assertKey(key: Key): void {
  if (typeof key === "string" && key.length <= maxSegmentBytes && plain.test(key)) return;
  if (typeof key !== "string" || key === "")
    throw new UsageError(`A key must be a string that is not empty, got ${describe(key)}.`);
  for (const segment of key.split("/")) {
    if (segment === "" || segment === "." || segment === "..") {
      throw new UsageError(`The key ${quote(key)} has the segment ${quote(segment)}, which is no name.`);
    }
    withinLength(segment, maxSegmentBytes, () => `The segment ${quote(segment)} of a key`);
    if (segment.replace(escapes, "").search(notPortable) >= 0) {
      throw new UsageError(
        `The key ${quote(key)} has characters that not every store takes: pass toKey(name) instead of the name.`,
      );
    }
  }
  withinLength(key, maxKeyBytes, () => `The key ${quote(key)}`);
}

/** Whether these characters, found in a store, are a key: other programs write what isn't one. */
export function isKey(found: string): boolean {
  try {
    assertKey(found);
    return true;
  } catch {
    return false;
  }
}

/** Joins escaped parts; the parts must be keys already. */
export function joinKey(...parts: readonly Key[]): Key {
  let key = "";
  for (const part of parts) key = key === "" || part === "" ? key + part : `${key}/${part}`;
  return key;
}

const slashCode = "/".charCodeAt(0);

/** The directory that a key is a direct child of; `""` for the topmost. */
export function parentOf(key: Key): Key {
  let slash = key.length - 1;
  while (slash >= 0 && key.charCodeAt(slash) !== slashCode) slash -= 1; // `lastIndexOf` leaves compiled code, and the last segment is short
  return slash < 0 ? "" : key.slice(0, slash);
}

/** The direct child of `under` that `key` is or lies below; `undefined` where it lies elsewhere. */
export function childToward(under: Key, key: Key): Key | undefined {
  if (under !== "" && !key.startsWith(`${under}/`)) return undefined;
  const slash = key.indexOf("/", under === "" ? 0 : under.length + 1);
  return slash < 0 ? key : key.slice(0, slash);
}

function percentEncode(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

function withinLength(text: string, maxBytes: number, what: () => string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new UsageError(`${what()} has ${bytes} bytes in its escaped form; at most ${maxBytes} are allowed.`);
  return text;
}

const quote = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
const describe = (value: unknown) =>
  typeof value === "string" ? quote(value) : value === null ? "null" : typeof value;
