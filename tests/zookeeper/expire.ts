import { once } from "node:events";
import { connect } from "node:net";
import type { Endpoint } from "../testbed/endpoint.ts";

/** The server makes a session's password from its number alone: 16 bytes of java.util.Random, seeded with it and a constant. */
const passwordSalt = 0xb3415c00n;
const multiplier = 0x5deece66dn;
const mask = (1n << 48n) - 1n;

function passwordOf(id: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  let seed = (BigInt.asUintN(64, id) ^ passwordSalt ^ multiplier) & mask;
  for (let at = 0; at < 16; at += 4) {
    seed = (seed * multiplier + 0xbn) & mask;
    bytes.writeInt32LE(Number(BigInt.asIntN(32, seed >> 16n)), at);
  }
  return bytes;
}

/** Ends a session as only its own client should be able to: takes it over on connections of our own, until the server knows it no more. */
export async function expireSession(server: Endpoint, sessionId: string): Promise<void> {
  const id = BigInt(sessionId);
  while (await takenOverAndClosed(server, id)); // its client may have come back first and cut us off
}

/** Whether the session was still there. */
async function takenOverAndClosed(server: Endpoint, id: bigint): Promise<boolean> {
  const socket = connect(server);
  await once(socket, "connect");
  const hello = Buffer.alloc(4 + 4 + 8 + 4 + 8 + 4 + 16);
  hello.writeInt32BE(hello.length - 4, 0);
  hello.writeInt32BE(10_000, 16);
  hello.writeBigInt64BE(BigInt.asIntN(64, id), 20);
  hello.writeInt32BE(16, 28);
  passwordOf(id).copy(hello, 32);
  const bye = Buffer.alloc(12);
  bye.writeInt32BE(8, 0);
  bye.writeInt32BE(1, 4);
  bye.writeInt32BE(-11, 8);
  socket.write(Buffer.concat([hello, bye]));
  const received: Buffer[] = [];
  socket.on("data", (bytes) => void received.push(bytes));
  socket.on("error", () => {});
  await once(socket, "close");
  return grantedTimeout(Buffer.concat(received)) !== 0;
}

/** The answer to a hello has a length, a protocol's version, and the time-out, which is 0 for a session that is over. */
function grantedTimeout(answer: Buffer): number | undefined {
  return answer.length < 12 ? undefined : answer.readInt32BE(8);
}
