// Run as a process of its own: holds a lock, and tells by its channel what it believes when it is asked.
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";

const [, , path = "", ttlMs = ""] = process.argv;
const coord = await connect({ path }, { session: { ttlMs: Number(ttlMs) }, owner: "holder" });
const hold = await new Mutex(coord, "held").acquire();

function believes(): "mine" | "lost" {
  try {
    hold.check();
    return "mine";
  } catch {
    return "lost";
  }
}

process.on("message", () => process.send?.({ told: believes(), token: String(hold.fencingToken) }));
process.send?.({ told: "holds", token: String(hold.fencingToken) });
