import { closeSync, copyFileSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { UsageError } from "@coord/core/spi";
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";
import { writeText } from "./rows.ts";

/** One LMDB file with one table; its values are bytes. */
export type File = RootDatabase<Buffer, string> & { readonly path: string };

/** How much of the address space is set aside at first; a store that grows beyond it takes more. */
const firstMapBytes = 2 ** 28;

/** Each thread that has the file open takes a place. */
const maxReaders = 2_000;

/** What every LMDB file that we write has at this place: its mark and the version of its layout. */
const markAt = 24;
const mark = Buffer.from([0xde, 0xc0, 0xef, 0xbe, 2, 0]);

/** @throws UsageError for a file that LMDB did not make, or another version of it: the library would crash over it */
function assertOurs(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r+"); // the library would crash where it may not write, too
  try {
    if (fstatSync(file).size === 0) return; // one that another process is about to make
    const found = Buffer.alloc(mark.length);
    readSync(file, found, 0, mark.length, markAt);
    if (!found.equals(mark)) throw foreign(path);
  } finally {
    closeSync(file);
  }
}

const foreign = (path: string) =>
  new UsageError(
    `${path} is no embedded store of this version: a newer one wrote it, or it is damaged. Use the version that wrote it, or name another folder.`,
    { operation: "connect" },
  );

const writeKey = (row: string, target: Buffer, at: number): number => writeText(target, at, row);
const readKey = (source: Buffer, from: number, to: number): string => source.toString("utf8", from, to);

export function openFile(path: string, mode: number): File {
  assertOurs(path);
  const options: RootDatabaseOptionsWithPath & { readonly permissionsMode: number } = {
    path,
    mapSize: firstMapBytes,
    maxReaders,
    permissionsMode: mode,
    maxDbs: 1,
    encoding: "binary",
    keyEncoder: { writeKey, readKey },
    noSync: true, // the system outlives every process; what must outlive the system is kept beside it
    overlappingSync: false,
  };
  return open<Buffer, string>(options) as File;
}

/**
 * What the library says of a lock that was taken apart: the last one to close a file does so, and one who was waiting to open it just then
 * finds it in that state. So do all who come later, for as long as he is there: the lock is made anew by one who finds nobody.
 */
export const isBroken = (error: unknown): boolean => (error as { readonly code?: unknown }).code === 22;

/**
 * Opens a file that nobody else is opening meanwhile. A process that ends without closing it may break its lock all the same; then nobody
 * has it open who could write, and nobody will, as we have it: its place is taken by a copy, with another lock.
 */
export function openAlone(path: string, mode: number): File {
  try {
    return openFile(path, mode);
  } catch (error) {
    if (!isBroken(error)) throw error;
    copyFileSync(path, `${path}.new`);
    rmSync(`${path}-lock`, { force: true });
    renameSync(`${path}.new`, path);
    return openFile(path, mode);
  }
}
