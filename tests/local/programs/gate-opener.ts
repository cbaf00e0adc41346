// Run as a process of its own: opens one gate, passes it and closes it, over and over, and tells when it has done.
import { closeSync, openSync, rmSync } from "node:fs";
import { Gate } from "../../../packages/local/src/gate.ts";

const [, , base = "", times = "", inside = ""] = process.argv;
for (let time = 0; time < Number(times); time += 1) {
  const gate = new Gate(base, 0o600);
  gate.pass(() => {
    closeSync(openSync(inside, "wx")); // fails if somebody is inside
    rmSync(inside);
  });
  await gate.close();
}
process.send?.({ told: "done" });
process.disconnect?.();
