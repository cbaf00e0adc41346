// Runs the pinned pnpm with the given arguments: through npx, since neither pnpm nor Corepack can be presumed.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

export function pnpm(args, options = {}) {
  const { error, ...ended } = spawnSync("npx", ["-y", packageManager, ...args], {
    cwd: root,
    stdio: "inherit",
    ...options,
  });
  if (error) throw error;
  return { status: ended.status ?? 1, output: ended.stdout?.toString() ?? "" };
}

const installing = [
  "install",
  "--frozen-lockfile",
  "--prefer-offline",
  "--reporter=append-only",
  "--config.confirmModulesPurge=false", // what another installer left behind is removed without asking
];

/** Brings node_modules to what the lock file says; quick when it already is. Tells whether that worked. */
export function install() {
  const startMs = performance.now();
  console.log(`Installing with ${packageManager} …`);
  const { status, output } = pnpm(installing, { stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) {
    console.error(output);
    console.error(`The install failed. To try again, type: npx -y ${packageManager} install --frozen-lockfile`);
    return false;
  }
  console.log(`Installed in ${((performance.now() - startMs) / 1000).toFixed(1)} s.`);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(pnpm(process.argv.slice(2)).status);
