#!/usr/bin/env node
import { perform } from "./program.ts";

// Who reads our output may have seen enough: `coord locks | head`.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));

await perform(process.argv.slice(2));
