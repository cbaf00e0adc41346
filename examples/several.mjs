// Bundles an example from source, starts several processes of it at once and ends with them: `node ../several.mjs 3 [URL]`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundlePrograms } from "../scripts/bundled.mjs";

const [count, url] = process.argv.slice(2);
const built = join(process.cwd(), ".cache", String(process.pid));
const folder = mkdtempSync(join(tmpdir(), "coord-example-"));
const COORD_URL = url ?? `file:${folder}`;

/** A process whose starter is gone, killed perhaps, ends too. */
const endsWithUs = 'process.once("disconnect", () => process.exit(1)); process.channel.unref();';

/** One process; its lines begin with its name. Resolves with its exit code. */
function start(NAME) {
  const options = ["--unhandled-rejections=strict", "--import", `data:text/javascript,${endsWithUs}`];
  const child = spawn(process.execPath, [...options, join(built, "main.mjs")], {
    env: { ...process.env, COORD_URL, NAME },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  createInterface(child.stdout).on("line", (line) => console.log(`${NAME}: ${line}`));
  return new Promise((ended) => child.on("close", (code, signal) => ended(code ?? signal)));
}

try {
  await bundlePrograms([join(process.cwd(), "src/main.ts")], built);
  const names = Array.from({ length: Number(count) }, (_, index) => `worker-${index + 1}`);
  const codes = await Promise.all(names.map(start));
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
} finally {
  for (const made of [built, folder]) rmSync(made, { recursive: true, force: true });
}
