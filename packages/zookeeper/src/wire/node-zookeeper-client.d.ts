// The parts of the package that this folder uses, as they are in 1.1.3. `library.ts` checks at run time that they are there.
declare module "node-zookeeper-client" {
  import type { Socket } from "node:net";

  /** What the package asks of a request before it sends it, and after. */
  export interface Request {
    /** The number is the package's to give. */
    readonly header: { xid: number; readonly type: number };
    readonly payload: null;
    toBuffer(): Buffer;
  }

  export interface Packet {
    readonly request: Request;
    readonly callback: (error: unknown, reply?: unknown) => void;
  }

  /** As much of an array as the package uses. */
  export interface PacketList {
    push(packet: Packet): unknown;
    shift(): Packet | undefined;
  }

  export interface ConnectionManager {
    state: number;
    socket: Socket | undefined;
    xid: number;
    zxid: Buffer;
    sessionId: Buffer;
    sessionPassword: Buffer;
    sessionTimeout: number;
    pendingBuffer: Buffer | null;
    pendingQueue: PacketList;
    readonly packetQueue: { queue: PacketList };
    connect(): void;
    setState(state: number): void;
    queue(request: Request, callback?: Packet["callback"]): void;
    cleanupPendingQueue(code: number): void;
    onSocketData(bytes: Buffer): void;
    onSocketDrain(): void;
    onSocketClosed(hasError: boolean): void;
    onSocketTimeout(): void;
    onPacketQueueReadable(): void;
  }

  export function createClient(
    servers: string,
    options: { readonly sessionTimeout: number; readonly spinDelay: number; readonly retries: number },
  ): { readonly connectionManager: ConnectionManager };
}
