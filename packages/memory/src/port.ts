import { UsageError } from "@coord/core/spi";
import { LinkError, type LinkMaker, type Road } from "./link.ts";
import type { Answer, Notice, Request } from "./protocol.ts";
import type { ServerConnection, StoreServer } from "./server.ts";

/** One end of a channel to another thread or process: a `MessagePort`, or what `processPort()` makes. */
export interface Port {
  /** Takes plain data with bigints and byte arrays. What the other end can't get any more is dropped, or throws. */
  postMessage(message: unknown): void;
  on(event: "message" | "close", listener: (message: unknown) => void): unknown;
  off(event: "message" | "close", listener: (message: unknown) => void): unknown;
  /** From now on listening is no reason for the process to stay alive. */
  unref?(): void;
}

/** A `process` that was started by `fork()`, or the `ChildProcess` that its parent has. */
export interface ForkEnd {
  readonly connected: boolean;
  send?(message: unknown, handle: undefined, options: undefined, sent: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** Which connection of which client a message is about. Several clients can share a port. */
interface Address {
  readonly client: string;
  readonly connection: number;
}

const toServer = "@coord/memory:server";
const toClient = "@coord/memory:client";

type ToServer = Address & { readonly to: typeof toServer } & (
    | { readonly open: bigint }
    | { readonly id: number; readonly request: Request }
    | { readonly close: true }
  );

type ToClient = { readonly to: typeof toClient } & (
  | (Address & { readonly id: number; readonly answer: Answer | undefined })
  | (Address & { readonly notice: Notice })
  | { readonly end: true }
);

/** A channel may carry other messages too; they are none of ours. */
const isFor = <M extends ToServer | ToClient>(to: M["to"], message: unknown): message is M =>
  typeof message === "object" && message !== null && (message as Partial<M>).to === to;

/**
 * Lets the other end of `port` use a server of this process, by `portLink()`. When the port closes, because the other
 * side closed it or died, its connections end with their subscriptions; its sessions expire like those of any client
 * that fell silent. The result ends the serving for good and tells the other end.
 */
export function serve(server: StoreServer, port: Port): () => void {
  const connections = new Map<string, ServerConnection>();
  const send = (message: ToClient) => {
    try {
      port.postMessage(message);
    } catch {} // who is gone hears nothing, and that must not hurt those whose write made the news
  };
  const open = ({ client, connection }: Address) =>
    server.connect(client, connection, (notice) => send({ to: toClient, client, connection, notice }));
  const receive = (message: unknown) => {
    if (!isFor<ToServer>(toServer, message)) return;
    const { client, connection } = message;
    const newest = connections.get(client);
    const current = newest?.number === connection ? newest : undefined;
    if ("request" in message) {
      const answer = current && served(current, message.request);
      const reply = () => send({ to: toClient, client, connection, id: message.id, answer });
      const saving = current?.saved();
      if (saving)
        saving.then(reply, () => current?.close()); // whose outcome nobody knows is not answered
      else reply();
    } else if ("open" in message) {
      newest?.close();
      connections.set(client, open(message));
    } else if (current) {
      current.close();
      connections.delete(client);
    }
  };
  const end = () => {
    port.off("message", receive);
    port.off("close", end);
    for (const connection of connections.values()) connection.close();
    connections.clear();
  };
  port.on("message", receive);
  port.on("close", end);
  port.unref?.(); // its clients are a reason to stay alive, waiting for more of them is none
  return () => {
    end();
    send({ to: toClient, end: true });
  };
}

/** Without an answer nothing was done: the connection is over, or the store could not be written. */
function served(connection: ServerConnection, request: Request): Answer | undefined {
  try {
    return connection.serve(request);
  } catch (error) {
    if (error instanceof LinkError) return undefined;
    throw error;
  }
}

/**
 * The way to the server that the other end of `port` serves, for `memory({ link })`; as many clients per port as you
 * like. A client listens only while it is open. Once the port is closed everything is refused.
 */
export function portLink(port: Port): LinkMaker {
  return (runtime) => {
    const client = runtime.uniqueId();
    let connections = 0;
    let over = false;
    return {
      open(receive) {
        connections += 1;
        const road = new PortRoad(port, { client, connection: connections }, receive, () => {
          over = true;
        });
        if (over) road.close();
        return road;
      },
    };
  };
}

class PortRoad implements Road {
  readonly #port: Port;
  readonly #address: Address;
  readonly #awaited = new Map<number, { resolve(answer: Answer): void; reject(error: LinkError): void }>();
  readonly #onMessage: (message: unknown) => void;
  readonly #onClose: () => void;
  #requests = 0;
  #closed = false;

  constructor(port: Port, address: Address, receive: (notice: Notice) => void, portClosed: () => void) {
    this.#port = port;
    this.#address = address;
    this.#onClose = () => {
      portClosed();
      this.close();
    };
    this.#onMessage = (message) => {
      if (!isFor<ToClient>(toClient, message)) return;
      if ("end" in message) return this.#onClose();
      if (message.client !== address.client || message.connection !== address.connection) return;
      if ("notice" in message) receive(message.notice);
      else this.#settle(message.id, message.answer);
    };
    this.#send({ open: 0n }); // a bigint, so that a channel that carries none fails now, with a reason
    port.on("message", this.#onMessage);
    port.on("close", this.#onClose);
  }

  exchange(request: Request): Promise<Answer> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      if (this.#closed || !this.#send({ id, request })) reject(new LinkError("no"));
      else this.#awaited.set(id, { resolve, reject });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.off("message", this.#onMessage);
    this.#port.off("close", this.#onClose);
    this.#send({ close: true });
    for (const { reject } of this.#awaited.values()) reject(new LinkError("maybe"));
    this.#awaited.clear();
  }

  /** Without an answer the server knows no such connection, and did nothing. */
  #settle(id: number, answer: Answer | undefined): void {
    const awaited = this.#awaited.get(id);
    this.#awaited.delete(id);
    if (answer) awaited?.resolve(answer);
    else awaited?.reject(new LinkError("no"));
  }

  /** Whether it may arrive. */
  #send(
    message: { readonly open: bigint } | { readonly id: number; readonly request: Request } | { readonly close: true },
  ): boolean {
    try {
      this.#port.postMessage({ to: toServer, ...this.#address, ...message } satisfies ToServer);
      return true;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      return false;
    }
  }
}

/**
 * The channel between a process and its `fork()`, which must be started with `serialization: "advanced"`: pass `process` in
 * the child, the `ChildProcess` in the parent. Your own messages may use the channel too.
 *
 * @throws UsageError when there is no such channel
 */
export function processPort(end: ForkEnd): Port {
  if (!end.send) {
    throw new UsageError("This process has no channel to another one: it must be started by fork().", {
      operation: "processPort",
    });
  }
  const named = (event: "message" | "close") => (event === "close" ? "disconnect" : event) as "message";
  return {
    postMessage(message) {
      if (!end.connected) throw new LinkError("no");
      try {
        end.send?.(message, undefined, undefined, () => {}); // without a listener a failure would be thrown at the process
      } catch (cause) {
        throw new UsageError(
          'The channel between the processes carries no bigints; start the child by fork(…, { serialization: "advanced" }).',
          { operation: "processPort", cause },
        );
      }
    },
    on: (event, listener) => end.on(named(event), listener),
    off: (event, listener) => end.off(named(event), listener),
  };
}
