// A process that knows nothing of locks: it keeps the highest token it was shown for each of its resources, and refuses
// a write with a lower one. It writes down each write in the order in which it judged them.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { FencedWrite } from "./fenced-writer.ts";
import { Journal, nowMs } from "./journal.ts";

const [path = "", port = ""] = process.argv.slice(2);
const journal = new Journal(path);
const highest = new Map<string, bigint>();

function judge({ client, resource, token: shown }: FencedWrite): boolean {
  const token = BigInt(shown);
  const accepted = token >= (highest.get(resource) ?? 0n);
  if (accepted) highest.set(resource, token);
  journal.write({ at: nowMs(), client, kind: "write", resource, token, accepted });
  return accepted;
}

const server = createServer((socket) => {
  const gone = () => socket.destroy(); // a worker was killed
  const lines = createInterface(socket).on("error", gone);
  socket.on("error", gone);
  lines.on("line", (line) => socket.write(judge(JSON.parse(line)) ? "accepted\n" : "refused\n"));
});
server.listen(Number(port), "127.0.0.1");
