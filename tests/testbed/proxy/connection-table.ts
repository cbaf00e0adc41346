import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What Linux shows of one end of a TCP connection on this machine. */
export interface TableRow {
  /** Bytes written that the other end has not acknowledged. */
  readonly sending: number;
  /** Bytes arrived that nobody has read. */
  readonly unread: number;
  readonly inode: string;
}

/** The row of the end that has this port, of the connection to that port; undefined where it is not to be known. */
export function tableRow(ownPort: number, otherPort: number): TableRow | undefined {
  const found = rowOf(ownPort, otherPort).exec(connectionTable());
  if (!found) return undefined;
  const [, sending = "", unread = "", inode = ""] = found;
  return { sending: Number.parseInt(sending, 16), unread: Number.parseInt(unread, 16), inode };
}

/** Which of these processes of ours has the socket. */
export function processWith(inode: string, pids: readonly number[]): number | undefined {
  return pids.find((pid) => openFiles(pid).includes(`socket:[${inode}]`));
}

/** Its own address and the other's, a state, the two queues, in hexadecimal; a timer; retries, user, probes; the inode. */
function rowOf(ownPort: number, otherPort: number): RegExp {
  const ports = `:${hexPort(ownPort)} [0-9A-F]+:${hexPort(otherPort)}`;
  return new RegExp(`${ports} [0-9A-F]+ ([0-9A-F]+):([0-9A-F]+) [0-9A-F:]+ +[0-9A-F]+ +\\d+ +\\d+ (\\d+)`);
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

function connectionTable(): string {
  try {
    return readFileSync("/proc/net/tcp", "latin1");
  } catch {
    return "";
  }
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((file) => linkTarget(`${folder}/${file}`) ?? []);
  } catch {
    return [];
  }
}

/** A file may be closed while the others are looked at. */
function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
