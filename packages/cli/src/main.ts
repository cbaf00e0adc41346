#!/usr/bin/env node
import { perform } from "./program.ts";

// Who reads our output may have seen enough: `coord locks | head`. What holds something writes none.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
// What we say in passing is for whoever listens: that nobody does must not end what runs meanwhile.
process.stderr.on("error", () => {});

await perform(process.argv.slice(2));
