import { library } from "../../tsup.shared.ts";

/** A command has no types, and nobody requires it. */
export default library({ entry: ["src/main.ts", "src/watchdog-process.ts"], format: ["esm"], dts: false });
