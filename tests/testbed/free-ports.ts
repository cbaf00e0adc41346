import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { loopback } from "./endpoint.ts";

const lowest = 10_000;

/**
 * Ports nothing listens on, and that nobody else is given as long as this process lives: somebody who doesn't listen just now may come
 * back to his, and whoever tries it meanwhile must not find another one there. They lie below the range the system takes the near
 * ends of outgoing connections from: a killed server can have its port again on restart, and a client that tries a dead
 * server's port can't be connected to itself. Who doesn't ask here may still take one, so a start must be ready to try again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  try {
    while (held.length < count) {
      const port = randomPort();
      const server = (await claim(port)) ? await listen(port) : undefined;
      if (server) held.push(server);
    }
    return held.map(portOf);
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  }
}

/** A datagram socket has the port of the same number until the process ends: whoever else asks here can't have it. Where no more can be opened it goes without. */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const claimed = createSocket("udp4").unref();
    claimed.once("error", (error) => {
      claimed.close();
      resolve(!isTaken(error));
    });
    claimed.bind({ port, address: loopback, exclusive: true }, () => resolve(true));
  });
}

function randomPort(): number {
  return randomInt(lowest, lowestOutgoing());
}
const isTaken = (error: Error): boolean => "code" in error && error.code === "EADDRINUSE";

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => (isTaken(error) ? resolve(undefined) : reject(error)));
    server.listen(port, loopback, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

function lowestOutgoing(): number {
  try {
    return Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10);
  } catch {
    return 32_768; // where other systems begin it, or lower than where they do
  }
}
