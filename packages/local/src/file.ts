import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";

/** One LMDB file with one table; its rows and values are bytes. */
export type File = RootDatabase<Buffer, Buffer> & { readonly path: string };

export interface FileOptions {
  /** How large the file may grow. */
  readonly maxBytes: number;
  readonly mode: number;
  /** Whether a commit is on the disk when it is done, or merely with the system, which outlives every process. */
  readonly durable: boolean;
}

/** Each thread that has the file open takes a place. */
const maxReaders = 2_000;

export function openFile(path: string, { maxBytes, mode, durable }: FileOptions): File {
  const options: RootDatabaseOptionsWithPath & { readonly permissionsMode: number } = {
    path,
    mapSize: maxBytes,
    maxReaders,
    permissionsMode: mode,
    maxDbs: 1,
    encoding: "binary",
    keyEncoding: "binary",
    noSync: !durable,
    overlappingSync: false,
  };
  return open<Buffer, Buffer>(options) as File;
}
