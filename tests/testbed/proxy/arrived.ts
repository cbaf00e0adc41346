import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { tableRow } from "./connection-table.ts";

const withinMs = 2_000;

/**
 * Waits until the other side, on this machine, has read all that was written to a socket. A reset takes back what is
 * still under way, and a reader that finds bytes and a reset at once may take it for an ordinary end; so who wants the
 * bytes and then the reset to be seen has to wait in between. Not for ever: the reader may stand still. Where it can't be
 * known what is under way and what is unread, all counts as read.
 */
export async function arrived(socket: Socket): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!socket.destroyed && pendingBytes(socket) > 0 && performance.now() < deadline) await pause(1);
}

function pendingBytes({ localPort = 0, remotePort = 0 }: Socket): number {
  const { sending = 0 } = tableRow(localPort, remotePort) ?? {};
  const { unread = 0 } = tableRow(remotePort, localPort) ?? {};
  return sending + unread;
}
