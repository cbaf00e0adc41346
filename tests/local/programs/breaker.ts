// Run as a process of its own: opens a file and closes it, over and over and not in turn, until its lock is broken; then stays.
import { openFile } from "../../../packages/local/src/file.ts";

const [, , path = ""] = process.argv;
try {
  for (;;) await openFile(path, 0o600).close();
} catch {
  process.send?.({ told: "broken" });
}
process.on("message", () => {});
