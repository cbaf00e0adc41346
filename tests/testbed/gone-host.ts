import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "./eventually.ts";

const listening = `
  const server = require("node:net").createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => process.stdout.write(server.address().port + "\\n"));
  server.on("listening", () => setImmediate(() => process.kill(process.pid, "SIGSTOP")));
`;

/**
 * A port of which no packet comes back, as of a machine that is gone: its process is stopped, and more connections wait there already than the
 * system keeps for it, so that it drops the first packet of each further one.
 */
export async function startGoneHost(): Promise<AsyncDisposable & { readonly address: string }> {
  const child = spawn(process.execPath, ["-e", listening], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const port = Number(line);
  const waiting: Socket[] = [];
  await eventually("a connection that isn't answered", async () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    waiting.push(socket);
    await Promise.race([once(socket, "connect"), new Promise((resolve) => setTimeout(resolve, 500))]);
    return socket.connecting;
  });
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
