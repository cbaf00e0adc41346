import { connect } from "node:net";
import type { Endpoint } from "./endpoint.ts";

/** Sends one of ZooKeeper's commands (`ruok`, `srvr`, ...) on a connection of its own; gives all of the answer. */
export function fourLetterWord({ host, port }: Endpoint, word: string, within = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => socket.write(word));
    const chunks: Buffer[] = [];
    socket.setTimeout(within, () => socket.destroy(new Error(`${word} was not answered`)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => resolve(Buffer.concat(chunks).toString()));
    socket.on("error", reject);
  });
}
