// npm stops at `engines.npm` before it fetches anything; this is for it under --force, and for other installers.
import { readFileSync } from "node:fs";

if (!(process.env.npm_config_user_agent ?? "").startsWith("pnpm/")) {
  const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  console.error(
    [
      "",
      "  This workspace is installed by pnpm, and the commands do that by themselves. Type one of:",
      "",
      "    npm run demo     see it work",
      "    npm test         run every test",
      `    npx -y ${packageManager} install --frozen-lockfile     only install`,
      "",
    ].join("\n"),
  );
  process.exit(1);
}
