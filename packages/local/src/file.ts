import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "@coord/core/spi";
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";

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
    const found = Buffer.alloc(mark.length);
    const size = readSync(file, found, 0, mark.length, markAt);
    if (size === 0 && fstatSync(file).size === 0) return; // one that another process is about to make
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

const writeKey = (row: string, target: Buffer, at: number): number => at + target.write(row, at);
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
