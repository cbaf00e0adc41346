// Runs the pinned pnpm with the given arguments: through npx, since neither pnpm nor Corepack can be presumed.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

export function pnpm(args, options = {}) {
  const { status, error } = spawnSync("npx", ["-y", packageManager, ...args], {
    cwd: root,
    stdio: "inherit",
    ...options,
  });
  if (error) throw error;
  return status ?? 1;
}

/** Brings node_modules to what the lock file says; quick when it already is. */
export function install() {
  const status = pnpm(["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) {
    console.error("The install failed. To see why, type: npx -y pnpm@10.34.9 install --frozen-lockfile");
    process.exit(status);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(pnpm(process.argv.slice(2)));
