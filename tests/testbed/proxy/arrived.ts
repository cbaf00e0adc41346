import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const withinMs = 2_000;

/**
 * Waits until the other side, on this machine, has read all that was written to a socket. A reset takes back what is
 * still under way, and a reader that finds bytes and a reset at once may take it for an ordinary end; so who wants the
 * bytes and then the reset to be seen has to wait in between. Not for ever: the reader may stand still. Linux shows what
 * is under way and what is unread; where it can't be known, all counts as read.
 */
export async function arrived(socket: Socket): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!socket.destroyed && pendingBytes(socket) > 0 && performance.now() < deadline) await pause(1);
}

function pendingBytes({ localPort = 0, remotePort = 0 }: Socket): number {
  const table = connectionTable();
  return queues(table, localPort, remotePort).sending + queues(table, remotePort, localPort).unread;
}

/** The row of a socket has its own address, the other's, a state, and the two queues, all in hexadecimal. */
function queues(table: string, ownPort: number, otherPort: number): { sending: number; unread: number } {
  const row = new RegExp(`:${hexPort(ownPort)} [0-9A-F]+:${hexPort(otherPort)} [0-9A-F]+ ([0-9A-F]+):([0-9A-F]+)`);
  const [, sending = "0", unread = "0"] = row.exec(table) ?? [];
  return { sending: Number.parseInt(sending, 16), unread: Number.parseInt(unread, 16) };
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
