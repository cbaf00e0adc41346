import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "@coord/core/spi";
import { openFailure } from "./failure.ts";

/** The files of a store, in one folder. */
export interface Files {
  readonly folder: string;
  /** What was written for good: survives everything that the disk survives. */
  readonly kept: string;
  /** Everything, for as long as the machine runs: made anew from what was kept after each boot. */
  readonly live: string;
  /** What the paths begin with of that which is passed by whoever opens or writes what is live, one at a time. */
  readonly gate: string;
  /** Which keys the latest commits wrote. */
  readonly changes: string;
  /** Written to after each commit, so that whoever watches it looks. */
  readonly nudge: string;
}

/** Makes the folder if it is missing, and says what is wrong if no store can be there. The result is its one true name. */
export function folderOf(path: string, mode = defaultMode): string {
  const asked = resolve(path);
  try {
    mkdirSync(asked, { recursive: true, mode: folderMode(mode) });
    const folder = realpathSync(asked);
    assertOfThisMachine(folder, statfsSync(folder).type);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") throw isFile(asked);
    throw openFailure(error, asked);
  }
}

export const filesIn = (folder: string, boot: string): Files => ({
  folder,
  kept: join(folder, "kept.log"),
  live: join(folder, `live-${boot}.mdb`),
  gate: join(folder, `gate-${boot}`),
  changes: join(folder, "changes"),
  nudge: join(folder, "nudge"),
});

/** The owner reads and writes, nobody else does either. */
export const defaultMode = 0o600;

/** Who may read a folder needs to enter it too. */
const folderMode = (mode: number): number => mode | ((mode & 0o444) >> 2);

const isFile = (path: string) =>
  new UsageError(`The embedded store needs a folder, but ${path} is a file, or lies below one. Name another path.`, {
    operation: "connect",
  });

/** Of whose memory maps and locks other machines know nothing, by their number in statfs(2) of Linux. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x786f4256, "VirtualBox shared folders"],
]);

/** @throws UsageError on a file system that other machines, or another kernel, may write too */
export function assertOfThisMachine(folder: string, type: number): void {
  const name = process.platform === "linux" ? networkFileSystems.get(type >>> 0) : undefined;
  if (name === undefined) return;
  throw new UsageError(
    `The embedded store can't be on ${name} (${folder}): its locks and its memory map hold on one machine only. Name a folder on a local disk, or use a store on a server.`,
    { operation: "connect" },
  );
}

/** What other boots left: nobody reads it any more. */
export function removeOtherBoots({ folder, live, gate }: Files): void {
  const isOurs = (path: string) => path.startsWith(live) || path.startsWith(gate);
  for (const name of readdirSync(folder)) {
    if (/^(live|gate)-.*\.mdb(-lock|-broken|\.new)?$/.test(name) && !isOurs(join(folder, name)))
      rmSync(join(folder, name), { force: true });
  }
}

/** Gives our own files the permissions that were asked for, whatever the process's umask took away. */
export function permit({ folder, kept, live, changes }: Files, gate: string, mode: number): void {
  const wanted: readonly (readonly [string, number])[] = [
    ...[kept, live, `${live}-lock`, gate, `${gate}-lock`, changes].map((file) => [file, mode] as const),
    [folder, folderMode(mode)],
  ];
  for (const [path, permissions] of wanted) permitFile(path, permissions);
}

/** Unless it is another user's, who says what is permitted. */
export function permitFile(path: string, permissions: number): void {
  const { uid, mode: current } = statSync(path);
  if (uid === process.getuid?.() && (current & 0o777) !== permissions) chmodSync(path, permissions);
}
