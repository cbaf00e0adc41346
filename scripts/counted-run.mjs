// Runs vitest, and then says in one last plain line what came of it, whatever happened in between.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const reporter = fileURLToPath(new URL("counting-reporter.mjs", import.meta.url));

/** Runs vitest with these arguments, prints the last line, and gives the exit code that goes with it. */
export async function countedRun(args, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), "coord-counts-"));
  try {
    const file = join(folder, "counts.json");
    const code = await vitest(["run", "--reporter=default", `--reporter=${reporter}`, ...args], {
      ...env,
      COORD_COUNTS: file,
      NODE_OPTIONS: `${env.NODE_OPTIONS ?? ""} --unhandled-rejections=strict`.trim(),
    });
    return conclude(judged(code, read(file), isSet(env.CI)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the last line; 0 only if nothing failed. */
export function conclude({ passed, failed, skipped }) {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

/** Never better than vitest's own verdict, and never a failure without a word about it. */
function judged(code, counts, strict) {
  if (!counts) {
    console.error(`vitest ended with code ${code} before it could count, which counts as a failure.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (code !== 0 && counts.failed === 0) {
    console.error(`vitest ended with code ${code} although no test failed, which counts as a failure.`);
    return { ...counts, failed: 1 };
  }
  if (strict && counts.skipped > 0) {
    console.error(`CI is set, so nothing may be skipped: that ${counts.skipped} were counts as a failure.`);
    return { ...counts, failed: counts.failed + 1 };
  }
  return counts;
}

function vitest(args, env) {
  const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
  const child = spawn(process.execPath, [join(dirname(manifest), "vitest.mjs"), ...args], { stdio: "inherit", env });
  const stop = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(code ?? signal));
  }).finally(() => {
    for (const signal of signals) process.off(signal, stop);
  });
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const isSet = (flag) => flag !== undefined && !["", "0", "false"].includes(flag);

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await countedRun(process.argv.slice(2));
