// One instance of a service in a process of its own: serves, registers, and leaves when it is told to.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { echo } from "./echo.ts";

const [, , url = "", protocol = "", id = ""] = process.argv;
let answered = 0;

/** Takes calls; the result stops that when all have been answered. */
const serve = { http: serveHttp, grpc: serveGrpc }[protocol];
if (!serve) throw new Error(`unknown protocol ${protocol}`);

async function serveHttp(): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answered += 1;
    setTimeout(() => response.end(JSON.stringify({ id, host: request.headers.host })), 5);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function serveGrpc(): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = new Server();
  server.addService(echo, {
    echo: (_: unknown, reply: (error: null, answer: string) => void) => {
      answered += 1;
      setTimeout(() => reply(null, id), 5);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => new Promise((resolve) => server.tryShutdown(() => resolve())) };
}

const { port, stop } = await serve();
const coord = await connect(url, { session: { ttlMs: 5_000 } });
const me = await new Discovery(coord).register({ name: "orders", id, address: "127.0.0.1", port });
console.log("registered");

createInterface(process.stdin).on("line", async () => {
  await me.close({ drainMs: 500 });
  await stop();
  await coord.close();
  console.log(`answered ${answered}`);
  process.exit(0);
});
