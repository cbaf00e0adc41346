// Run as a process of its own: its part of an embedded store, for clients at the other end of its channel.
import { LocalServer } from "@coord/local";
import { processPort, serve } from "@coord/memory";

const [, , path = ""] = process.argv;
const server = new LocalServer({ path });
serve(server, processPort(process));
process.on("disconnect", () => void server.close());
process.send?.({ told: "ready" });
