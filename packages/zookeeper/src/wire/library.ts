/// <reference path="./node-zookeeper-client.d.ts" />
import { type ConnectionManager, createClient, type Packet, type Request } from "node-zookeeper-client";
import { Writer } from "./jute.ts";
import { numberAt, type Request as OwnRequest, request } from "./request.ts";

export type { ConnectionManager, Packet };

/** The states of the package's connection. */
export const state = {
  disconnected: 0,
  connecting: 1,
  connected: 2,
  closing: -1,
  closed: -2,
  expired: -3,
  authFailed: -4,
} as const;

const methods = [
  "connect",
  "setState",
  "queue",
  "cleanupPendingQueue",
  "onSocketData",
  "onSocketDrain",
  "onSocketClosed",
  "onSocketTimeout",
  "onPacketQueueReadable",
] as const;

/**
 * A connection of the package `node-zookeeper-client`, not connected yet. What is overridden on this very object before
 * `connect()` counts, since the package calls its own methods by name; that, and what they work on, is checked here.
 */
export function newConnectionManager(sessionTimeoutMs: number): ConnectionManager {
  const options = { sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0 };
  const { connectionManager } = createClient("127.0.0.1:2181", options);
  const missing = methods.filter((name) => typeof connectionManager?.[name] !== "function");
  const sound =
    missing.length === 0 &&
    Array.isArray(connectionManager.pendingQueue) &&
    Array.isArray(connectionManager.packetQueue?.queue) &&
    connectionManager.xid === 0 &&
    connectionManager.state === state.disconnected &&
    [connectionManager.zxid, connectionManager.sessionId, connectionManager.sessionPassword].every(Buffer.isBuffer);
  if (!sound) {
    throw new Error(
      `node-zookeeper-client is not the version 1.1.3 that @coord/zookeeper is made for (${missing.join(", ") || "its fields"} changed). Install exactly that one.`,
    );
  }
  return connectionManager;
}

/** The id of a session that is still to be opened. */
export const noSession = 0n;

const lastNumber = 2 ** 31 - 1;

/** The package numbers its requests on and on, past what a request can carry; from now on it begins anew in time. */
export function numberInCircles(manager: ConnectionManager): void {
  let number = manager.xid;
  Object.defineProperty(manager, "xid", {
    get: () => number,
    set: (next: number) => {
      number = next > lastNumber ? 1 : next;
    },
  });
}

/** The methods as the package has them, to be called from what overrides them. */
export const inherited = (manager: ConnectionManager): ConnectionManager => Object.getPrototypeOf(manager);

/** A request as the package sends it. It gives the number, unless `xid` is one of those that are nobody's. */
export function libraryRequest({ type, frame }: Pick<OwnRequest<unknown>, "type" | "frame">, xid = 0): Request {
  const header = { xid, type };
  const toBuffer = () => {
    frame.writeInt32BE(header.xid, numberAt);
    return frame;
  };
  return { header, payload: null, toBuffer };
}

export interface Credentials {
  readonly scheme: string;
  readonly auth: Buffer;
}

/** The numbers of what is nobody's answer. */
export const xid = { event: -1, ping: -2, auth: -4 } as const;

const opPing = 11;
const opAuth = 100;

const unanswered = () => undefined;

export const pingRequest = (): Request => libraryRequest(request(opPing, unanswered, unanswered), xid.ping);

export const authRequest = ({ scheme, auth }: Credentials): Request =>
  libraryRequest(
    request(opAuth, (out) => out.int(0).text(scheme).bytes(auth), unanswered),
    xid.auth,
  );

/** What a client says first: the session that it wants to go on with, or none, and how far it has seen. */
export const connectRequest = ({ zxid, sessionTimeout, sessionId, sessionPassword }: ConnectionManager): Buffer =>
  new Writer().int(0).int(0).raw(zxid).int(sessionTimeout).raw(sessionId).bytes(sessionPassword).framed();
