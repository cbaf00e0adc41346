// Run as a process of its own: opens an embedded store and closes it again, over and over, and tells when it has done.
import { LocalServer } from "@coord/local";

const [, , path = "", times = ""] = process.argv;
for (let time = 0; time < Number(times); time += 1) await new LocalServer({ path }).close();
process.send?.({ told: "done" });
process.disconnect?.();
