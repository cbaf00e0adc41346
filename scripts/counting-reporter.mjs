// A vitest reporter that counts what became of every test, and writes it to the file named by COORD_COUNTS.
import { writeFileSync } from "node:fs";

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter by its default export
export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    // Under --unhandled-rejections=strict the same rejection is told of twice.
    const unhandled = new Set(unhandledErrors.map(({ message, stack }) => stack ?? message));
    const counts = { passed: 0, failed: unhandled.size, skipped: 0 };
    for (const module of modules) add(counts, module);
    writeFileSync(process.env.COORD_COUNTS, JSON.stringify(counts));
  }
}

function add(counts, module) {
  const before = counts.failed;
  counts.failed += module.errors().length; // it could not be loaded, or a hook of the file failed
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length; // a hook failed
  for (const test of module.children.allTests()) counts[counted[test.result().state]] += 1;
  const ended = module.state() === "passed" || module.state() === "skipped";
  if (!ended && counts.failed === before) counts.failed += 1; // its process died, or it never started
}

/** What was still pending when the run ended did not pass. */
const counted = { passed: "passed", failed: "failed", skipped: "skipped", pending: "failed" };
