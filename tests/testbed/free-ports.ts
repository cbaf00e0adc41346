import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { loopback } from "./endpoint.ts";

const lowest = 10_000;

/** Those that this process was given: somebody who doesn't listen just now may come back to his. */
const given = new Set<number>();
const mostGiven = 8_000; // more than any test file takes

/** Test files that run at the same time take their ports from different parts of the range, for the same reason. */
const parts = 2;
const part = Number(process.env.VITEST_POOL_ID ?? process.pid) % parts;

/**
 * Ports nothing listens on. They lie below the range the system takes the near ends of outgoing connections from: a
 * killed server can have its port again on restart, and a client that tries a dead server's port can't be connected to
 * itself. Another process may still take one before it is used, so a start must be ready to try again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  try {
    while (held.length < count) {
      const port = randomPort();
      const server = given.has(port) ? undefined : await listen(port);
      if (server) held.push(server);
    }
    const ports = held.map(portOf);
    if (given.size > mostGiven) given.clear();
    for (const port of ports) given.add(port);
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  }
}

function randomPort(): number {
  const size = Math.floor((lowestOutgoing() - lowest) / parts);
  return lowest + part * size + randomInt(size);
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
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
